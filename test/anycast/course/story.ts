/**
 * Stories of courses: what happens to a fleet when, and what comes of it.
 *
 *   # Comments say which rule is shown.
 *   fleet lhr1 fra1 nrt1                three POPs that are up; `alone lhr1`: a POP without a store
 *   limits most=1 window=600 notice=10  seconds; most may be a percentage
 *   service ns1 v4 v6                   without such lines there is one, anycast, with v4 and v6
 *   routes are not heard                routers tell nothing of others' paths
 *   at 30s fra1 is told to drain        the lines up to the next blank one are what came of it until the next `at`
 *
 * A POP is told to drain, reserve or serve (ns1) (for 30m) (both) (force) (as ops: new disk), is stale, is fresh, is wrong
 * (v4), is dead (v4), is good (v4), crashes, starts, starts wrong (v4), is replaced, loses the store, finds the store. `all` are all POPs. Besides: `store
 * is made anew`, `why fra1`, and `nothing`. Times are from the moment at which all are up.
 */

import type { Course } from "../../../src/anycast/course/course.ts";
import type { Step } from "../../../src/anycast/course/step.ts";
import type { FleetLimits } from "../../../src/anycast/fleet/standing.ts";
import type { Verdict } from "../../../src/anycast/health/verdict.ts";
import type { Goal } from "../../../src/anycast/plan.ts";
import { retellWith } from "../../support/retell.ts";
import { EVERY, type SimPop } from "../fleet/simpop.ts";
import { World } from "../fleet/world.ts";

/** Until everybody has heard everybody. */
const WARM = 60_000;
const DELAYS = { write: () => 20, read: () => 20, batch: () => 100, route: () => 300, heartbeat: () => EVERY };

export class Story {
  limits: FleetLimits = { most: 1, window: 600_000 };
  notice = 10_000;
  readonly services = new Map<string, readonly string[]>();
  routes = true;
  readonly #told = new Map<string, string>();
  #world: World | undefined;
  #out: string[] = [];

  begin(names: readonly string[], fleet: boolean): void {
    if (this.services.size === 0) this.services.set("anycast", ["v4", "v6"]);
    const { limits, notice, services, routes } = this;
    const witness = { changed: () => {}, stepped: this.#stepped.bind(this) };
    const world = new World({ limits, notice, services, routes, fleet, delays: DELAYS, witness });
    this.#world = world;
    for (const [i, name] of names.entries()) {
      world.add(name);
      world.timeline.after(i * 500, () => this.start(this.pop(name)));
    }
    world.timeline.run(WARM);
    this.#out = [];
  }

  get begun(): boolean {
    return this.#world !== undefined;
  }

  get world(): World {
    if (this.#world === undefined) throw new Error("there is no fleet yet");
    return this.#world;
  }

  /** Seconds since all were up. */
  get now(): number {
    return (this.world.timeline.now - WARM) / 1000;
  }

  pop(name: string): SimPop {
    const pop = this.world.pops.get(name);
    if (pop === undefined) throw new Error(`no POP ${name}`);
    return pop;
  }

  start(pop: SimPop, wrong: readonly string[] = []): void {
    pop.start();
    for (const prefix of [...this.services.values()].flat()) {
      pop.verdict(prefix, wrong.includes(prefix) ? "wrong" : "good", "soa example.com. is 6, not 7");
    }
    pop.look();
  }

  runUntil(seconds: number): void {
    this.world.timeline.run(Math.max(this.world.timeline.now, WARM + seconds * 1000));
  }

  /** What has come of it since the last time. */
  takeLines(): string[] {
    const lines = this.#out;
    this.#out = [];
    return lines;
  }

  /** A line for each change of phase or level. */
  #stepped(pop: SimPop, service: string, _before: Course, made: Step): void {
    const levels = [...made.levels].map(([prefix, level]) => `${prefix} ${level}`);
    const same = new Set(made.levels.values()).size === 1;
    const text = `${made.phase} (${same ? [...made.levels.values()][0] : levels.join(", ")})`;
    const key = `${pop.name} ${service}`;
    if (this.#told.get(key) === text) return;
    this.#told.set(key, text);
    const name = this.services.size > 1 ? key : pop.name;
    this.#out.push(
      `${this.now.toFixed(1).padStart(7)}s  ${name}: ${text}${made.why === undefined ? "" : `  ${made.why}`}`,
    );
  }

  happen(what: string): void {
    const [name = "", ...words] = what.split(" ");
    if (what === "store is made anew") this.world.store.renew();
    else if (name === "why") this.#why(this.pop(words[0] ?? ""));
    else if (what !== "nothing") {
      const pops = name === "all" ? [...this.world.pops.values()] : name.split(",").map((one) => this.pop(one));
      for (const pop of pops) this.#does(pop, words);
    }
  }

  #why(pop: SimPop): void {
    pop.look();
    for (const { phase, why } of pop.made.values()) this.#out.push(`          ${phase}: ${why ?? "nothing ails it"}`);
  }

  #does(pop: SimPop, words: readonly string[]): void {
    const what = words.slice(0, 2).join(" ");
    if (what === "is told") this.#plan(pop, words.slice(3));
    else if (what === "is stale") pop.soft = [{ kind: "stale", why: "data is 3 h old" }];
    else if (what === "is fresh") pop.soft = [];
    else if (["is wrong", "is dead", "is good"].includes(what)) this.#verdict(pop, words[1] as Verdict, words[2]);
    else if (what === "crashes") pop.crash();
    else if (what === "is replaced") pop.replace();
    else if (what === "starts") this.start(pop);
    else if (what.startsWith("starts wrong")) {
      this.start(pop, words.length > 2 ? words.slice(2) : [...this.services.values()].flat());
    } else if (what === "loses the") pop.connect(false);
    else if (what === "finds the") pop.connect(true);
    else throw new Error(`what does ${pop.name} do: "${words.join(" ")}"?`);
    pop.look();
  }

  #verdict(pop: SimPop, verdict: Verdict, only: string | undefined): void {
    const why = verdict === "wrong" ? "soa example.com. is 6, not 7" : "does not answer";
    for (const prefix of [...this.services.values()].flat()) {
      if (only === undefined || only === prefix) pop.verdict(prefix, verdict, why);
    }
  }

  #plan(pop: SimPop, words: readonly string[]): void {
    const [goal, ...rest] = words;
    const text = rest.join(" ");
    const [, by = "ops", why] = / ?as (\w+)(?:: (.*))?$/.exec(text) ?? [];
    const minutes = Number(/for (\d+)m/.exec(text)?.[1] ?? Number.NaN);
    const at = pop.moment().date;
    const until = Number.isNaN(minutes) ? undefined : at + minutes * 60_000;
    const service = rest.find((word) => this.services.has(word)) ?? [...this.services.keys()][0] ?? "";
    const both = rest.includes("both");
    pop.plan({ service, to: goal as Goal, by, why, at, until, both, force: rest.includes("force") });
  }
}

/** Tells a story again: its text with what comes of each line where it belongs. */
export function retell(text: string, file: string): string {
  const story = new Story();
  const timeOf = (line: string) => {
    const time = /^at ([\d.]+)s /.exec(line)?.[1];
    return time === undefined ? undefined : Number(time);
  };
  const setUpWith = (line: string) => setUp(story, line);
  return retellWith(text, file, { timeOf, setUp: setUpWith, tell: (...said) => tell(story, ...said) });
}

function setUp(story: Story, line: string): void {
  const [command, ...rest] = line.split(" ");
  if (story.begun) throw new Error("the fleet has begun already");
  if (command === "fleet" || command === "alone") story.begin(rest, command === "fleet");
  else if (command === "service") story.services.set(rest[0] ?? "", rest.slice(1));
  else if (line === "routes are not heard") story.routes = false;
  else if (command === "limits") {
    const given = new Map(rest.map((word) => word.split("=") as [string, string]));
    const most = given.get("most") ?? "1";
    const percent = most.endsWith("%") ? { percent: Number.parseInt(most, 10) } : Number(most);
    story.limits = { most: percent, window: Number(given.get("window") ?? 600) * 1000 };
    story.notice = Number(given.get("notice") ?? 10) * 1000;
  } else throw new Error(`what is "${command}"?`);
}

/** Does what a line says at its time, and lets time go by until the next one, or two minutes when it is the last. */
function tell(story: Story, line: string, time: number, next: number | undefined): string[] {
  story.runUntil(time);
  story.happen(line.replace(/^at [\d.]+s /, ""));
  story.runUntil((next ?? time + 120) - 0.001);
  return story.takeLines();
}
