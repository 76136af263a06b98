/** The benches that only our own server can be in, for each of its transports. */

import { type Contender, contenders } from "./contenders.ts";
import { chosen, type Options } from "./options.ts";
import { NotServing } from "./server.ts";
import { table } from "./table.ts";

/** Prints a table for each transport that is asked for; instead of one that can't run, why. */
export async function eachTransport(
  options: Options,
  title: string,
  rows: (contender: Contender) => Promise<string[][]>,
): Promise<void> {
  const ours = contenders(undefined).filter((one) => one.key.startsWith("ours"));
  for (const one of chosen(ours, options.only)) {
    const why = one.missing?.();
    const measured = why === undefined ? await rows(one).catch(leftOut) : leftOut(new NotServing(why));
    table(`${one.title}: ${title}`, measured);
  }
}

function leftOut(error: unknown): string[][] {
  if (error instanceof NotServing) return [[`left out: ${error.message}`]];
  throw error;
}
