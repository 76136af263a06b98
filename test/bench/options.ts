/** The command line of the benches. */

import { parseArgs } from "node:util";

export interface Options {
  /** Benches to run. */
  readonly benches: readonly string[];
  readonly quick: boolean;
  readonly json: string | undefined;
  /** Contenders and workloads by key; undefined is all. */
  readonly only: readonly string[] | undefined;
  readonly rows: readonly string[] | undefined;
  readonly rounds: number;
  /** At full load, for each workload and round. */
  readonly seconds: number;
}

/** A command line that can't be understood. */
export class UsageError extends Error {}

/** Reads the arguments; undefined when help is asked for. Throws UsageError. */
export function optionsFrom(args: readonly string[], benches: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const unknown = positionals.find((name) => !benches.includes(name));
  if (unknown !== undefined) throw new UsageError(`no bench called ${unknown}: ${benches.join(", ")}`);
  return {
    benches: positionals,
    quick: values.quick,
    json: values.json,
    only: values.only?.split(","),
    rows: values.rows?.split(","),
    rounds: above0("rounds", values.rounds ?? (values.quick ? "2" : "3")),
    seconds: above0("seconds", values.seconds ?? (values.quick ? "0.8" : "2")),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        json: { type: "string" },
        only: { type: "string" },
        rows: { type: "string" },
        rounds: { type: "string" },
        seconds: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function above0(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`--${name} ${text}: expected a number above 0`);
  return value;
}

/** Those that were chosen, in their own order. Throws UsageError for a key that none has. */
export function chosen<T extends { readonly key: string }>(
  all: readonly T[],
  keys: readonly string[] | undefined,
): T[] {
  const unknown = keys?.find((key) => !all.some((one) => one.key === key));
  if (unknown !== undefined) throw new UsageError(`${unknown} is none of ${all.map((one) => one.key).join(", ")}`);
  return all.filter((one) => keys?.includes(one.key) ?? true);
}
