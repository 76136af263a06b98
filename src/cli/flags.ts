/** One table of flags for each verb: it parses the command line and writes the help. */

import { parseArgs } from "node:util";

export interface Flag {
  /** What the value is called in the help; a flag without it is a switch. */
  readonly value?: string;
  readonly many?: boolean;
  readonly help: string;
}

export interface Verb<F extends Readonly<Record<string, Flag>>> {
  readonly name: string;
  readonly about: string;
  /** What stands after the flags, "FILE..."; nothing may when it is absent. */
  readonly rest?: string;
  readonly flags: F;
}

/** A command line that can't be understood: the reason, to be shown with a hint at --help. */
export class UsageError extends Error {}

export type Flags<F extends Readonly<Record<string, Flag>>> = {
  readonly [K in keyof F]?: F[K]["value"] extends string ? (F[K]["many"] extends true ? string[] : string) : boolean;
};

/** Parses what follows the verb. Throws UsageError. */
export function parseFlags<F extends Readonly<Record<string, Flag>>>(
  verb: Verb<F>,
  args: readonly string[],
): { readonly flags: Flags<F>; readonly rest: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(verb.flags).map(([name, flag]) => [
      name,
      { type: flag.value === undefined ? ("boolean" as const) : ("string" as const), multiple: flag.many === true },
    ]),
  );
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: verb.rest !== undefined, tokens: true });
    const names = parsed.tokens.filter((token) => token.kind === "option").map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) < i && verb.flags[name]?.many !== true);
    if (twice !== undefined) throw new UsageError(`--${twice} is given twice`);
    return { flags: parsed.values as Flags<F>, rest: parsed.positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError((error as Error).message.split(". ")[0]);
  }
}

/** The help of a verb. */
export function helpOf(verb: Verb<Readonly<Record<string, Flag>>>): string {
  const rows = Object.entries({ ...verb.flags, help: { help: "Show this." } }).map(([name, flag]) => {
    const value = "value" in flag && flag.value !== undefined ? ` ${flag.value}` : "";
    return [`  --${name}${value}`, flag.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const usage = `Usage: zonecast ${verb.name} [flags]${verb.rest === undefined ? "" : ` ${verb.rest}`}`;
  return [verb.about, "", usage, "", ...rows.map(([left, right]) => left.padEnd(width) + right), ""].join("\n");
}
