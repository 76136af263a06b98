/** The new process's side of the handing over of routes: ready to take them, before the old one is told to give way. */

import { dirname, join } from "node:path";
import type { Tell } from "../log.ts";
import type { RoutesInheritance } from "../routes/estate.ts";
import type { PreparedRoutes, Routes } from "../routes/open.ts";
import { type Box, openBox } from "./descriptors.ts";
import type { Took } from "./words.ts";

const NOTHING: Took = { peers: [], refused: [] };

export interface Inheriting {
  /** Where descriptors are taken. */
  readonly box: string;
  /** The old one offers its routes; what can be taken of them. Nothing is done with it yet. */
  take(estate: unknown, descriptors: number): Took;
  /** It is ours: either the old one has said so, or it has ended since. Nothing when nothing was taken. */
  accept(): void;
  /** It is not, if it was not accepted. */
  end(): void;
}

/** `control`: the path of the old one's control socket, beside which there is room. */
export async function openInheriting(
  prepared: PreparedRoutes,
  control: string,
  { tell, begin }: { readonly tell: Tell; readonly begin: (routes: Routes) => void },
): Promise<Inheriting> {
  const path = join(dirname(control), "heir.sock");
  const box = await openBox(path).catch((error: Error): Box => {
    tell("warn", "replace.boxless", { path, why: error.message }, `no connections can be taken: ${error.message}`);
    return { path, take: () => [], discard: () => {}, close: () => {} };
  });
  let inheritance: RoutesInheritance | undefined;
  return {
    box: path,
    take: (estate, descriptors) => {
      const come = box.take(descriptors);
      try {
        inheritance = prepared.inherit(estate, come);
      } catch (error) {
        box.discard(come);
        const why = (error as Error).message;
        tell("warn", "replace.estate", { why }, `the running server's routes can't be taken over: ${why}`);
        return NOTHING;
      }
      const { taken, refused } = inheritance;
      if (taken.length === 0) inheritance.decline();
      if (taken.length === 0) inheritance = undefined;
      return { peers: taken, refused };
    },
    accept: () => {
      const accepted = inheritance;
      inheritance = undefined;
      if (accepted) begin(accepted.accept());
    },
    end: () => {
      inheritance?.decline();
      box.close();
    },
  };
}
