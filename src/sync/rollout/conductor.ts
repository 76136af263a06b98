/** Brings rollouts on: knows the heads and the fleet, takes a step of each when it is told to, and swaps what came of it. */

import { isRemoval, type Manifest, newestOf } from "../manifest/manifest.ts";
import { openManifest } from "../manifest/message.ts";
import type { Entry } from "../store/store.ts";
import type { Turn } from "./change.ts";
import { type Course, courseOf, proofsOf, prove, standings } from "./course.ts";
import type { Fleet, Heard } from "./fleet.ts";
import type { Limits } from "./judge.ts";
import { passageLine, passageOf, spreadOf } from "./ledger.ts";
import type { PopView } from "./look.ts";
import type { Ask } from "./proof.ts";
import { Slots } from "./slots.ts";
import { type Decision, step, waveToText } from "./step.ts";
import { type Turned, turn } from "./turn.ts";
import type { Clock, Hand } from "./waited.ts";

export interface ConductorArgs {
  readonly hand: Hand;
  readonly limits: Limits;
  readonly fleet: Fleet;
  readonly clock: Clock;
  tell(event: ConductEvent): void;
  /** POPs that report a version are asked for it, too; undefined: their word is enough. */
  readonly ask: Ask | undefined;
  /** A line in the ledger when a rollout has ended by this conductor's hand. */
  readonly ledger: boolean;
  /** Zones whose rollout of a version is to have its end told in any case. */
  readonly expected?: ReadonlyMap<string, number>;
}

/** What happened to a rollout, whoever did it; `text` is a sentence. */
export interface ConductEvent {
  readonly zone: string;
  /**
   * "begun": it was seen, or is at another wave. "wait": why it does not go on now. "turn": this conductor turned it.
   * "done", "back", "replaced": it has ended, the last by another version. "trouble": something failed that is tried again.
   */
  readonly say: "begun" | "wait" | "turn" | "done" | "back" | "replaced" | "trouble";
  readonly text: string;
}

/** A swap that failed is tried again after this. */
const AGAIN_MS = 5000;
/** POPs that are asked at once. */
const ASKED_AT_ONCE = 64;
/**
 * What a manifest with a rollout has in its JSON. A million heads are read when conducting begins: a signature takes
 * 100 µs to verify, so those without are let go unopened.
 */
const ROLLOUT = {
  test: (octets: Uint8Array) => Buffer.from(octets.buffer, octets.byteOffset, octets.length).includes('"rollout":'),
};
/** Nothing was done for so long, though it was to be every quarter of a second: the machine slept. */
const SLEPT_MS = 10_000;

export class Conductor {
  readonly #args: ConductorArgs;
  readonly #courses = new Map<string, Course>();
  /** Rollouts that somebody waits for: their ends are told even when they came before this one listened. */
  readonly #expected: Map<string, number>;
  /** The newest heads of these. */
  readonly #newest = new Map<string, Turned>();
  readonly #slots = new Slots(ASKED_AT_ONCE);
  readonly #work = new Set<Promise<void>>();
  #epoch: string | undefined;
  #deaf = false;
  #ticked: number | undefined;

  constructor(args: ConductorArgs) {
    this.#args = args;
    this.#expected = new Map(args.expected);
  }

  /** Rollouts that are under way. */
  get running(): number {
    return this.#courses.size;
  }

  /** The newest head of a zone whose end is to be told. */
  newest(zone: string): Turned | undefined {
    return this.#newest.get(zone);
  }

  /** The manifest of a rollout that is under way. */
  manifest(zone: string): Manifest | undefined {
    return this.#courses.get(zone)?.manifest;
  }

  /** Which store it is that positions are of. */
  epoch(epoch: string): void {
    // Revisions of another store are no measure for this one's: all its heads follow.
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.#courses.clear();
    this.#epoch = epoch;
  }

  /** The store was lost: nothing is decided until it is back, and nobody is blamed for the silence. */
  lost(): void {
    this.#deaf = true;
  }

  back(): void {
    this.#deaf = false;
    this.#forget();
  }

  /** Takes a zone's new head. */
  head(entry: Entry): void {
    const before = this.#courses.get(entry.zone);
    const quiet = !this.#expected.has(entry.zone) && !ROLLOUT.test(entry.octets);
    if (before === undefined ? quiet : before.revision >= entry.revision) return;
    try {
      const { manifest } = openManifest(entry.zone, entry.octets, this.#args.hand.trust);
      this.#take(manifest, entry.revision);
    } catch (error) {
      this.#courses.delete(entry.zone);
      this.#tell(entry.zone, "trouble", (error as Error).message);
    }
  }

  #take(manifest: Manifest, revision: number): void {
    const { zone, rollout } = manifest;
    const before = this.#courses.get(zone);
    if (before !== undefined && before.revision >= revision) return;
    const version = before?.manifest.rollout?.version ?? this.#expected.get(zone);
    this.#expected.delete(zone);
    if (this.#args.expected?.has(zone) === true) this.#newest.set(zone, { manifest, revision });
    if (version !== undefined && rollout?.version !== version) {
      this.#courses.delete(zone);
      const { say, text } = endOf(version, manifest);
      this.#tell(zone, say, text);
    }
    if (rollout === undefined) return;
    const course = courseOf(manifest, revision, this.#args.clock.monotonic(), before);
    this.#courses.set(zone, course);
    const state = rollout.state === "paused" ? `, paused${by(manifest)}` : "";
    this.#tell(zone, "begun", `version ${rollout.version} is at ${waveToText(rollout)}${state}`);
  }

  /** Takes a step of every rollout. */
  tick(): void {
    const now = this.#args.clock.monotonic();
    if (this.#ticked !== undefined && now - this.#ticked > SLEPT_MS) this.#forget();
    this.#ticked = now;
    if (this.#deaf || this.#epoch === undefined) return;
    const heard = this.#args.fleet.all();
    for (const course of this.#courses.values()) {
      if (!course.turning && now >= course.notBefore) this.#step(course, heard, this.#epoch, now);
    }
  }

  /** Resolves when nothing is under way that was begun: swaps, questions, lines of the ledger. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #forget(): void {
    this.#args.fleet.wasDeaf(this.#args.clock.monotonic());
    for (const course of this.#courses.values()) course.seen = undefined;
  }

  #step(course: Course, heard: readonly Heard[], epoch: string, now: number): void {
    const { limits, ask } = this.#args;
    const { manifest, revision } = course;
    const proofs = ask && proofsOf(course);
    const { decision, seen, pops } = step({ manifest, revision, epoch, pops: heard, proofs, limits, now }, course.seen);
    course.seen = seen;
    if (ask !== undefined) this.#ask(course, pops, ask);
    if (decision.to !== "wait") this.#begin(this.#turn(course, decision, pops));
    else if (decision.why !== course.told) {
      course.told = decision.why;
      this.#tell(manifest.zone, "wait", decision.why);
    }
  }

  #ask(course: Course, pops: readonly PopView[], ask: Ask): void {
    const addresses = (pop: string) => this.#args.fleet.get(pop)?.report.ask ?? [];
    const monotonic = () => this.#args.clock.monotonic();
    this.#begin(prove(course, pops, { ask, slots: this.#slots, monotonic, addresses }));
  }

  async #turn(course: Course, decision: Exclude<Decision, { to: "wait" }>, pops: readonly PopView[]): Promise<void> {
    const { zone, id } = course.manifest;
    const { hand, clock, ledger } = this.#args;
    course.turning = true;
    try {
      const still = (manifest: Manifest) => manifest.id === id;
      const plan = { zone, turn: turnOf(decision), why: decision.why, now: clock.now(), still };
      const made = await turn(hand, plan);
      // Somebody else was faster: the new head is on its way.
      if (made === undefined) return;
      this.#tell(zone, "turn", `${DEED[decision.to]}: ${decision.why}`);
      this.#take(made.manifest, made.revision);
      if (ledger && (decision.to === "done" || decision.to === "back")) await this.#record(course, decision, pops);
    } catch (error) {
      course.notBefore = clock.monotonic() + AGAIN_MS;
      this.#tell(zone, "trouble", `${(error as Error).message}; it is tried again`);
    } finally {
      course.turning = false;
    }
  }

  async #record(course: Course, decision: Decision, pops: readonly PopView[]): Promise<void> {
    const { hand, clock, fleet } = this.#args;
    const { zone, id, rollout, versions } = course.manifest;
    const version = versions.find((one) => one.version === rollout?.version);
    if (version === undefined) return;
    const spread = spreadOf([...course.proven.values()]);
    const facts = {
      at: new Date(clock.now()).toISOString(),
      by: hand.by,
      outcome: decision.to === "done" ? ("done" as const) : ("back" as const),
      text: decision.why,
      ...(spread && { spread }),
    };
    const published = { zone, id, version: version.version, serial: version.serial };
    await hand.store.record(passageLine(passageOf(published, facts, standings(course, pops), fleet)));
  }

  #begin(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  #tell(zone: string, say: ConductEvent["say"], text: string): void {
    this.#args.tell({ zone, say, text });
  }
}

const DEED = { promote: "goes on", done: "is done", back: "goes back", pause: "is paused" } as const;

function turnOf(decision: Exclude<Decision, { to: "wait" }>): Turn {
  switch (decision.to) {
    case "promote":
      return { to: "promote", wave: decision.wave };
    case "done":
      return { to: "done" };
    case "back":
      return { to: "abort" };
    case "pause":
      return { to: "pause" };
  }
}

/** How the rollout of a version has ended, from a manifest that came after. */
function endOf(version: number, after: Manifest): Pick<ConductEvent, "say" | "text"> {
  if (after.rollout === undefined && newestOf(after)?.version === version) {
    return { say: "done", text: `all POPs get version ${version}` };
  }
  if (after.action === "abort") return { say: "back", text: `version ${version} was taken back${by(after)}` };
  const what = isRemoval(after) ? "the zone was removed" : `version ${after.latest} came instead`;
  return { say: "replaced", text: `${what}${by(after)}` };
}

function by(manifest: Manifest): string {
  return ` by ${manifest.by}${manifest.why === undefined ? "" : `: ${manifest.why}`}`;
}
