/** zonecast rollout: see how a version goes through the fleet, and pause, resume or abort it. */

import { newestOf } from "../sync/manifest/manifest.ts";
import { readHead } from "../sync/publish/head.ts";
import { Refusal } from "../sync/publish/refusal.ts";
import { zoneState } from "../sync/rollout/state.ts";
import { turn } from "../sync/rollout/turn.ts";
import { publishedOf } from "../sync/rollout/waited.ts";
import { Exit } from "./failure.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { untilStopped } from "./interrupt.ts";
import { rolloutDocument, rolloutLines } from "./rolloutlines.ts";
import { type Publisher, publisherFlags, type Reader, withPublisher, withReader } from "./storeflags.ts";
import { timeoutFlag, timeoutMs } from "./timeout.ts";
import { waitAndTell } from "./waiting.ts";
import { zoneNamed } from "./zonename.ts";

const flags = {
  ...publisherFlags,
  why: { value: "TEXT", help: "Why it is paused, resumed or aborted, for the history." },
  wait: { help: "Conduct it until it has ended and every announcing POP answers with it. Exit codes as of push." },
  timeout: timeoutFlag,
  json: { help: "Print one JSON document: { zone, version, rollout, pops, ledger }." },
} as const;

export const rolloutVerb: Verb<typeof flags> = {
  name: "rollout",
  about: [
    "Show how a zone's version goes through the fleet: its waves, what each POP serves, how it answers.",
    "pause: no further wave gets it. resume: they do again. abort: all POPs go back to the version before.",
  ].join("\n"),
  rest: "ZONE [pause|resume|abort]",
  flags,
};

const DEEDS = ["pause", "resume", "abort"] as const;
type Deed = (typeof DEEDS)[number];

const DONE: Readonly<Record<Deed, string>> = { pause: "paused", resume: "resumed", abort: "aborted" };
const clock = { now: Date.now, monotonic: () => performance.now() };

/** Runs the verb; the exit code. */
export async function runRollout(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(rolloutVerb, args);
  const [name, word, more] = rest;
  if (name === undefined || more !== undefined) throw new UsageError("name one zone");
  const zone = zoneNamed(name);
  const deed = deedOf(word);
  if (deed === undefined && given.why !== undefined) throw new UsageError("--why goes with pause, resume or abort");
  if (deed === "pause" && given.wait === true) throw new UsageError("what is paused is not waited for");
  const json = given.json === true;
  const timeout = timeoutMs(given.timeout);
  if (deed === undefined && given.wait !== true) return withReader(given, (reader) => show(reader, zone, json));
  return withPublisher(given, async (publisher) => {
    if (deed !== undefined) await act(publisher, zone, deed, given.why?.trim() || undefined, json);
    const code = given.wait === true ? await wait(publisher, zone, timeout, json) : Exit.DONE;
    if (json) await show(publisher, zone, true);
    return code;
  });
}

function deedOf(word: string | undefined): Deed | undefined {
  const deed = DEEDS.find((one) => one === word);
  if (word !== undefined && deed === undefined) {
    throw new UsageError(`expected pause, resume or abort after the zone, got "${word}"`);
  }
  return deed;
}

async function show({ store, trust, config }: Reader, zone: string, json: boolean): Promise<number> {
  const state = await zoneState(store, await headOf({ store, trust }, zone), config.publish.jumps, clock);
  if (json) process.stdout.write(`${JSON.stringify(rolloutDocument(state), null, 2)}\n`);
  else for (const line of rolloutLines(state, Date.now())) process.stdout.write(`${line}\n`);
  return Exit.DONE;
}

/** The zone's head, which is to be believed. */
async function headOf({ store, trust }: Pick<Reader, "store" | "trust">, zone: string) {
  const { signed, doubt, revision } = await readHead(store, zone, trust);
  if (doubt !== undefined) throw new Refusal(doubt);
  if (signed === undefined) throw new Refusal(`${store.where} has no zone ${zone}: publish it with zonecast push`);
  return { manifest: signed.manifest, revision };
}

/** Pauses, resumes or aborts. Nothing is to be done for what is so already. */
async function act(
  publisher: Publisher,
  zone: string,
  deed: Deed,
  why: string | undefined,
  json: boolean,
): Promise<void> {
  const say = (text: string) => (json ? process.stderr : process.stdout).write(`${text}\n`);
  const { manifest } = await headOf(publisher, zone);
  const { rollout } = manifest;
  if (rollout === undefined) {
    throw new Refusal(
      `no rollout of ${zone} is under way: all POPs get version ${newestOf(manifest)?.version ?? "none"}`,
    );
  }
  // Whoever pushes another version meanwhile has another rollout, which is not the one that was meant.
  const still = (head: typeof manifest) => head.rollout?.version === rollout.version;
  const made = await turn(publisher, { zone, turn: { to: deed }, why, now: Date.now(), still });
  if (made !== undefined) {
    const what = deed === "abort" ? `: all POPs go back to version ${rollout.from}` : "";
    say(`${zone} version ${rollout.version} is ${DONE[deed]}${what}`);
  } else if (deed === "abort")
    throw new Refusal(`the rollout of ${zone} has ended meanwhile: see zonecast log ${zone}`);
  else say(`nothing to do: ${zone} version ${rollout.version} is ${deed === "pause" ? "paused" : "running"}`);
}

async function wait(publisher: Publisher, zone: string, timeout: number | undefined, json: boolean): Promise<number> {
  const { manifest, revision } = await headOf(publisher, zone);
  const say = (text: string) => {
    (json ? process.stderr : process.stdout).write(`${text}\n`);
  };
  const teller = { line: say, loud: say, waited: () => {} };
  const since = performance.now();
  return untilStopped((signal) =>
    waitAndTell(publisher, [publishedOf(manifest, revision)], {
      since,
      fresh: false,
      timeoutMs: timeout,
      teller,
      signal,
    }),
  );
}
