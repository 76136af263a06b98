/** Flags of the verbs that publish: push, rollback and remove. */

import { ALLOWABLE } from "../sync/publish/guards.ts";
import type { SerialPolicy } from "../zone/newserial.ts";
import { UsageError } from "./flags.ts";
import { oneLine } from "./oneline.ts";
import { publisherFlags } from "./storeflags.ts";
import { timeoutFlag, timeoutMs } from "./timeout.ts";

export const publishFlags = {
  ...publisherFlags,
  "dry-run": { help: "Say what would be done, and change nothing. Needs no key." },
  wait: { help: "Wait until every announcing POP answers with it, and bring its rollout on. Exit code 5 when not." },
  timeout: timeoutFlag,
  json: { help: "Print one JSON document on stdout at the end (see above), and all else on stderr." },
  allow: { value: "GUARD", many: true, help: `What this guard finds is meant; needs --why. ${ALLOWABLE.join(", ")}.` },
  why: { value: "TEXT", help: "Why it is done, for the history." },
  verbose: { help: "Show every record that changes." },
  quiet: { help: "Show errors, warnings and refusals only." },
} as const;

/** What was given of publishFlags. */
export interface PublishGiven {
  readonly "dry-run"?: boolean;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly json?: boolean;
  readonly allow?: readonly string[];
  readonly why?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

export interface PublishOptions {
  readonly dryRun: boolean;
  readonly wait: boolean;
  /** Undefined: as long as is usual. */
  readonly timeoutMs: number | undefined;
  readonly json: boolean;
  readonly allow: ReadonlySet<string>;
  readonly why: string | undefined;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** A longer one, such as a whole commit message, is cut: every POP gets it with the zone. */
const WHY_MOST = 500;

/** Reads the flags. Throws UsageError. */
export function publishOptions(given: PublishGiven): PublishOptions {
  const allow = given.allow ?? [];
  const unknown = allow.find((name) => !ALLOWABLE.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--allow: there is no guard "${unknown}"; there is ${ALLOWABLE.join(", ")}`);
  }
  const why = oneLine(given.why, WHY_MOST);
  if (allow.length > 0 && why === undefined) {
    throw new UsageError("--allow needs --why TEXT: both are kept in the zone's history");
  }
  return {
    dryRun: given["dry-run"] === true,
    wait: given.wait === true,
    timeoutMs: timeoutMs(given.timeout),
    json: given.json === true,
    allow: new Set(allow),
    why,
    verbose: given.verbose === true,
    quiet: given.quiet === true,
  };
}

/** What --serial says; undefined when it is not given. Throws UsageError. */
export function serialPolicy(text: string | undefined): SerialPolicy | undefined {
  if (text === undefined) return undefined;
  if (text === "keep" || text === "date" || text === "counter" || text === "unix") return text;
  throw new UsageError(`--serial: expected keep, date, counter or unix, got "${text}"`);
}
