/**
 * Whether what was read as a manifest is one. Fields that are not named here are let through: later releases may say
 * more, as long as leaving it unread does no harm; else they raise the message's format.
 */

import { ACTIONS, type Manifest } from "./manifest.ts";

/** What is wrong with a value, beginning with where it is ("versions[0].size is …"); undefined when nothing is. */
type Check = (value: unknown, where: string) => string | undefined;

const SERIAL_MOST = 0xffff_ffff;

const text: Check = (value, where) => (typeof value === "string" ? undefined : `${where} is no text`);

function number(least: number, most: number): Check {
  return (value, where) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `${where} is no whole number from ${least} to ${most}`;
}

function oneOf(choices: readonly string[]): Check {
  return (value, where) => (choices.some((one) => one === value) ? undefined : `${where} is not ${choices.join(", ")}`);
}

function optional(check: Check): Check {
  return (value, where) => (value === undefined ? undefined : check(value, where));
}

function listOf(check: Check): Check {
  return (value, where) => {
    if (!Array.isArray(value)) return `${where} is no list`;
    for (const [i, one] of value.entries()) {
      const wrong = check(one, `${where}[${i}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

function record(fields: Readonly<Record<string, Check>>): Check {
  return (value, where) => {
    if (typeof value !== "object" || value === null) return `${where || "it"} is no record`;
    for (const [name, check] of Object.entries(fields)) {
      const field = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
      const wrong = check(field, where === "" ? name : `${where}.${name}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

const natural = number(0, Number.MAX_SAFE_INTEGER);
const counted = number(1, Number.MAX_SAFE_INTEGER);

const digest: Check = (value, where) =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? undefined : `${where} is no SHA-256 in hex`;

/** As Date.toISOString writes it. */
const time: Check = (value, where) =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : `${where} is no time`;

const inlineBody = record({ offset: natural, octets: natural });
const blobsBody = record({ index: digest });

const body: Check = (value, where) => {
  const at = (value as { readonly at?: unknown } | null | undefined)?.at;
  if (at === "inline") return inlineBody(value, where);
  return at === "blobs" ? blobsBody(value, where) : `${where}.at is not inline, blobs`;
};

const overrides = optional(listOf(record({ guard: text, found: text })));

const version = record({
  version: counted,
  serial: number(0, SERIAL_MOST),
  records: natural,
  names: natural,
  size: natural,
  sha256: digest,
  at: time,
  by: text,
  why: optional(text),
  after: optional(counted),
  restores: optional(counted),
  overrides,
  body,
});

const rollout = record({
  version: counted,
  from: counted,
  waves: listOf(record({ to: listOf(text), bake: natural })),
  wave: natural,
  state: oneOf(["running", "paused"]),
});

const manifest = record({
  zone: text,
  id: counted,
  action: oneOf(ACTIONS),
  at: time,
  by: text,
  why: optional(text),
  overrides,
  latest: natural,
  versions: listOf(version),
  targets: listOf(record({ group: text, version: counted })),
  rollout: optional(rollout),
});

/** What is wrong with it, as half a sentence; undefined for a manifest. */
export function faultOf(value: unknown): string | undefined {
  return manifest(value, "") ?? contradiction(value as Manifest);
}

/**
 * What it says twice, differently. No POP may be sent to a version that is not there, which would be as if its zone had
 * been removed; and a removal has to be meant.
 */
function contradiction(one: Manifest): string | undefined {
  const { action, versions, targets, latest } = one;
  const given = new Set(versions.map((each) => each.version));
  if (given.size !== versions.length) return "versions has one twice";
  if ((given.size === 0) !== (action === "remove")) return "versions is empty in a removal, and only there";
  if (versions.some((each) => each.version > latest)) return "latest is below a version";
  const missing = targets.find((target) => !given.has(target.version));
  if (missing !== undefined) return `targets has version ${missing.version}, which versions has not`;
  return one.rollout && rolloutFault(one.rollout, given);
}

function rolloutFault(one: NonNullable<Manifest["rollout"]>, given: ReadonlySet<number>): string | undefined {
  if (!given.has(one.version) || !given.has(one.from)) return "rollout has a version which versions has not";
  return one.wave < one.waves.length ? undefined : "rollout.wave is past the last wave";
}
