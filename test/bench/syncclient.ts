/** zonecast push as a process of its own: what a person or a pipeline waits for. */

import { NotServing } from "./server.ts";
import type { Central } from "./syncstore.ts";
import type { Workplace } from "./workplace.ts";

/** What --json says of a push that was waited for. */
interface Said {
  readonly outcome: string;
  readonly waited?: {
    readonly outcome: string;
    readonly text: string;
    readonly spread?: { readonly p50: number; readonly p99: number; readonly max: number };
  };
}

export interface Ran {
  /** Of the whole process. */
  readonly milliseconds: number;
  /** From the swap to the proofs of the POPs, as it measured them itself. */
  readonly spread: { readonly p50: number; readonly p99: number; readonly max: number } | undefined;
}

/** Pushes a file, and waits for all POPs. `cache`: the folder that stands for ~/.cache. Rejects with NotServing. */
export async function runPush(
  place: Workplace,
  central: Central,
  { file, cache }: { readonly file: string; readonly cache: string },
): Promise<Ran> {
  const since = performance.now();
  const command = [process.execPath, "src/zonecast.js", "push", "--config", central.publisherConfig];
  const output = await place.run(["env", `XDG_CACHE_HOME=${cache}`, ...command, "--wait", "--json", "--quiet", file]);
  const milliseconds = performance.now() - since;
  const said = JSON.parse(output.slice(output.indexOf("{"))) as Said;
  if (said.outcome !== "published" || said.waited?.outcome !== "proven") {
    throw new NotServing(`zonecast push: ${said.outcome}, ${said.waited?.text ?? "not waited"}`);
  }
  return { milliseconds, spread: said.waited.spread };
}
