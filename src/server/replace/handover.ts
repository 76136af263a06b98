/**
 * The old process's side of the handing over of routes. They stand still, and their announcers' connections are offered to
 * the heir; only when that one has said what it takes do we let go of it, and it does nothing with it before that. Whoever
 * dies in between, one of the two has the sessions, and both never speak in the same one.
 */

import type { Tell } from "../log.ts";
import type { RoutesBequest } from "../routes/estate.ts";
import type { Routes } from "../routes/open.ts";
import { sendDescriptors } from "./descriptors.ts";
import type { Heir } from "./heir.ts";

/** "left": the heir announces now. "leave": it takes no routes, which are to be left in good order. "kept": we go on. */
export type HandedOver = "left" | "leave" | "kept";

export async function handOver(heir: Heir, routes: Routes | undefined, tell: Tell): Promise<HandedOver> {
  if (!routes || heir.box === undefined) {
    if (heir.accept()) return "leave";
    await heir.dismiss();
    return "kept";
  }
  const bequest = await routes.bequeath();
  const sent = await send(heir.box, bequest, tell);
  const took = await heir.offer(bequest.estate, sent);
  if (!took || !heir.accept()) {
    bequest.kept();
    await heir.dismiss();
    return "kept";
  }
  for (const { peer, why } of took.refused) {
    const text = `the session with ${peer} is not handed over: ${why}; its routes are withdrawn, and announced anew`;
    tell("warn", "replace.session", { peer, why }, text);
  }
  if (took.peers.length === 0) {
    bequest.kept();
    return "leave";
  }
  await bequest.left(took.peers);
  heir.yours();
  const text = `process ${heir.pid} announces in the same sessions: ${took.peers.join(", ")}`;
  tell("info", "replace.routes", { pid: heir.pid, peers: took.peers }, text);
  return "left";
}

/** How many descriptors are in the heir's box: all, or none. */
async function send(box: string, { descriptors }: RoutesBequest, tell: Tell): Promise<number> {
  if (descriptors.length === 0) return 0;
  try {
    await sendDescriptors(box, descriptors);
    return descriptors.length;
  } catch (error) {
    const why = (error as Error).message;
    tell("warn", "replace.unsent", { box, why }, `connections can't be sent to ${box}: ${why}`);
    return 0;
  }
}
