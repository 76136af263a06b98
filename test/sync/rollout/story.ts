/**
 * Stories of rollouts: what happens when, and what the machine makes of it.
 *
 *   # Comments say which rule is shown.
 *   limits patience=60 queries=50       those of config publish.jumps
 *   pop lhr1 in canary, eu              it reports every 5 seconds, and serves the old version
 *   rollout canary 30s, eu 30s, * 0s    version 7 goes out at 0s, in these waves; the old one is 6
 *   at 10s lhr1 serves 7                the lines up to the next blank one are what came of it until the next `at`
 *
 * A POP serves N, refuses, is silent, is back, withdraws, announces, answers N (to the question for proof: serial N), or
 * counts `queries=1000 servfail=50 before=1000/0` since it has its version. Besides: `pause`, `resume`, `another
 * conductor` takes over, `deaf` (the store was lost and is back), and `nothing`.
 */

import type { Manifest } from "../../../src/sync/manifest/manifest.ts";
import type { PopReport, ZoneCounts } from "../../../src/sync/report.ts";
import { type Turn, targetsAt, turned } from "../../../src/sync/rollout/change.ts";
import { Fleet } from "../../../src/sync/rollout/fleet.ts";
import type { Limits } from "../../../src/sync/rollout/judge.ts";
import type { Proof } from "../../../src/sync/rollout/proof.ts";
import { type Decision, type Seen, type Step, step } from "../../../src/sync/rollout/step.ts";
import { retellWith } from "../../support/retell.ts";

const ZONE = "example.com.";
const EVERY = 5;
const NONE: ZoneCounts = { seconds: 0, queries: 0, nxdomain: 0, servfail: 0, refused: 0 };

export interface StoryPop {
  readonly name: string;
  groups: string[];
  serves: number;
  /** The id of the manifest that it refuses. */
  refuses: number | undefined;
  position: number;
  silent: boolean;
  announcing: boolean;
  counts: ZoneCounts;
  before: ZoneCounts | undefined;
}

/** A fleet, a manifest and a conductor, second by second. */
export class Story {
  readonly pops = new Map<string, StoryPop>();
  readonly proofs = new Map<string, Proof>();
  limits: Limits = { nxdomain: 20, servfail: 2, refused: 2, queries: 50, patience: 60 };
  fleet = new Fleet();
  seen: Seen | undefined;
  manifest: Manifest | undefined;
  revision = 1;
  /** Seconds. */
  now = 0;

  begin(waves: readonly { readonly to: readonly string[]; readonly bake: number }[]): void {
    const rollout = { version: 7, from: 6, waves, wave: 0, state: "running" as const };
    const version = (number: number) => ({
      ...{ version: number, serial: number, records: 1, names: 1, size: 1, sha256: "", at: "", by: "test" },
      body: { at: "blobs" as const, index: "" },
    });
    const versions = [version(7), version(6)];
    const said = { zone: ZONE, id: 1, action: "push" as const, at: "", by: "test", latest: 7 };
    this.manifest = { ...said, versions, targets: targetsAt(rollout), rollout };
    this.#listen();
  }

  /** What POPs have said so far lies in the store. */
  #listen(): void {
    this.fleet = new Fleet();
    this.seen = undefined;
    const reports = [...this.pops.values()].map((pop) => this.#report(pop, 0));
    this.fleet.begin(reports, this.now * 1000, 0);
  }

  /** One second goes by: who is due reports, and the machine decides. What it decides is done. */
  second(): Step | undefined {
    this.now++;
    let i = 0;
    for (const pop of this.pops.values()) if (!pop.silent && (this.now + i++) % EVERY === 0) this.hear(pop);
    return this.look();
  }

  hear(pop: StoryPop): void {
    if (pop.silent) return;
    this.fleet.hear(this.#report(pop, this.now), this.now * 1000);
  }

  look(): Step | undefined {
    const { manifest, revision, limits } = this;
    if (manifest?.rollout === undefined) return undefined;
    const situation = { manifest, revision, epoch: "e", pops: this.fleet.all(), limits, now: this.now * 1000 };
    const proofs = this.proofs.size === 0 ? undefined : this.proofs;
    const made = step({ ...situation, proofs }, this.seen);
    this.seen = made.seen;
    const { decision } = made;
    if (decision.to === "promote") this.turn({ to: "promote", wave: decision.wave });
    else if (decision.to !== "wait") this.turn({ to: decision.to === "back" ? "abort" : decision.to });
    return made;
  }

  turn(turn: Turn): void {
    if (this.manifest === undefined) return;
    const signed = { manifest: this.manifest, bodies: new Uint8Array(0) };
    const next = turned(signed, turn, { at: "", by: "test", why: undefined });
    if (next === undefined) throw new Error(`can't ${turn.to}`);
    this.manifest = next.manifest;
    this.revision++;
  }

  another(): void {
    this.#listen();
  }

  deaf(): void {
    this.fleet.wasDeaf(this.now * 1000);
    this.seen = undefined;
  }

  /** A POP that serves what it is to serve has read everything; one that does not is still about to. */
  #report(pop: StoryPop, at: number): { pop: string; octets: Uint8Array } {
    const { manifest, revision } = this;
    const groups = [...pop.groups, pop.name, "*"];
    const target = manifest?.targets.find(({ group }) => groups.includes(group))?.version;
    if (pop.serves === target || pop.refuses !== undefined) pop.position = revision;
    const refusal = { zone: ZONE, id: pop.refuses ?? 0, serves: 0, serial: 6, why: "it has no NS at its apex" };
    const report: PopReport = {
      ...{ v: 1, pop: pop.name, groups: pop.groups, release: "1", at: new Date(at).toISOString(), every: EVERY },
      ...{ epoch: "e", position: pop.position, ready: true, announcing: pop.announcing, ask: [], zones: 1, digest: "" },
      standings: [],
      refusals: pop.refuses === undefined ? 0 : 1,
      refused: pop.refuses === undefined ? [] : [refusal],
      recent: [],
      rollouts: [{ zone: ZONE, version: pop.serves, now: pop.counts, before: pop.before }],
    };
    return { pop: pop.name, octets: Buffer.from(JSON.stringify(report)) };
  }

  addPop(name: string, groups: string[]): StoryPop {
    const pop: StoryPop = {
      ...{ name, groups, serves: 6, refuses: undefined, position: 0, silent: false, announcing: true },
      ...{ counts: NONE, before: undefined },
    };
    this.pops.set(name, pop);
    return pop;
  }

  /** What a POP does: the words after its name. */
  does(pop: StoryPop, words: string): void {
    const [verb, ...rest] = words.split(" ");
    if (verb === "serves") {
      pop.before = pop.serves === Number(rest[0]) ? pop.before : pop.counts;
      pop.counts = pop.serves === Number(rest[0]) ? pop.counts : NONE;
      pop.serves = Number(rest[0]);
      pop.refuses = undefined;
    } else if (verb === "refuses") pop.refuses = this.manifest?.id;
    else if (words === "is silent") pop.silent = true;
    else if (words === "is back") pop.silent = false;
    else if (verb === "withdraws") pop.announcing = false;
    else if (verb === "announces") pop.announcing = true;
    else if (verb === "answers") this.proofs.set(pop.name, { say: "serial", pop: pop.name, serial: Number(rest[0]) });
    else if (verb === "counts") this.#count(pop, rest);
    else throw new Error(`what does ${pop.name} do: "${words}"?`);
    this.hear(pop);
  }

  #count(pop: StoryPop, words: readonly string[]): void {
    const given = new Map(words.map((word) => word.split("=") as [string, string]));
    const number = (key: string) => Number(given.get(key) ?? 0);
    const kinds = { nxdomain: number("nxdomain"), servfail: number("servfail"), refused: number("refused") };
    pop.counts = { seconds: this.now, queries: number("queries"), ...kinds };
    const [queries, servfail] = (given.get("before") ?? "").split("/").map(Number);
    if (queries) pop.before = { ...NONE, seconds: 60, queries, servfail: servfail ?? 0 };
  }
}

/** Tells a story again: its text with what comes of each line where it belongs. */
export function retell(text: string, file: string): string {
  const story = new Story();
  const timeOf = (line: string) => {
    const time = /^at (\d+)s /.exec(line)?.[1];
    return time === undefined ? undefined : Number(time);
  };
  const setUpWith = (line: string) => setUp(story, line);
  return retellWith(text, file, { timeOf, setUp: setUpWith, tell: (line, _, next) => tell(story, line, next) });
}

function setUp(story: Story, line: string): void {
  const [command, ...rest] = line.split(" ");
  if (command === "limits") {
    const given = Object.fromEntries(rest.map((word) => [word.split("=")[0], Number(word.split("=")[1])]));
    story.limits = { ...story.limits, ...given };
  } else if (command === "pop") {
    const [name = "", , ...groups] = rest;
    story.addPop(
      name,
      groups.map((group) => group.replace(",", "")),
    );
  } else if (command === "rollout") {
    const waves = rest.join(" ").split(", ");
    story.begin(
      waves.map((wave) => {
        const [to = "", bake = "0s"] = wave.split(" ");
        return { to: to.split("+"), bake: Number.parseInt(bake, 10) };
      }),
    );
  } else throw new Error(`what is "${command}"?`);
}

/** Does what a line says at its time, and lets time go by until the next one, or a minute when it is the last. */
function tell(story: Story, line: string, next: number | undefined): string[] {
  const [, time = "0", what = ""] = /^at (\d+)s (.*)$/.exec(line) ?? [];
  const out: string[] = [];
  let told = "";
  const say = (made: Step | undefined) => {
    const text = made === undefined ? "" : decisionText(made.decision);
    if (text !== told && text !== "") out.push(`${String(story.now).padStart(4)}s  ${text}`);
    told = text;
  };
  const at = Number(time);
  while (story.now < at) story.second();
  happen(story, what);
  say(story.look());
  const until = next === undefined ? at + 60 : next - 1;
  while (story.now < until) say(story.second());
  return out;
}

function happen(story: Story, what: string): void {
  if (what === "nothing") return;
  if (what === "pause" || what === "resume") story.turn({ to: what });
  else if (what === "another conductor") story.another();
  else if (what === "deaf") story.deaf();
  else allDo(story, what);
}

/** "lhr1 serves 7, fra1 refuses". */
function allDo(story: Story, what: string): void {
  for (const sentence of what.split(", ")) {
    const [name = "", ...words] = sentence.split(" ");
    const pop = story.pops.get(name);
    if (pop === undefined) throw new Error(`no POP ${name}`);
    story.does(pop, words.join(" "));
  }
}

function decisionText(decision: Decision): string {
  if (decision.to === "promote") return `promote to wave ${decision.wave + 1}: ${decision.why}`;
  return `${decision.to}: ${decision.why}`;
}
