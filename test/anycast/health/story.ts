/**
 * Stories of health: what happens when, and what the machine makes of it.
 *
 *   # Comments say which rule is shown.
 *   limits cooldown=10s most=600s       fall, rise and transitions besides
 *   prefix v6 with udp, tcp             without such a line there is one, with udp and tcp
 *   tell verdicts                       not phases and reasons
 *   at 10s udp is silent                the lines up to the next blank one are what came of it until the next `at`
 *
 * A check is silent, answers, is wrong, loses N (of its next answers), loses half, or flaps every 5s for 300s (silent and
 * back). It drowns: it is silent where nine of ten datagrams are lost; or loses 29 of 30 in such a flood, and answers one. udp is asked every 250 ms, tcp every second, and what failed after 50 ms. Any other word than a check is a hard
 * fact of the whole POP: `thread:udp-2 hangs`, `thread:udp-2 is fine`. Besides: `crash` and `restart` of the process,
 * `count` (of transitions), and `nothing`.
 */

import { type Clocks, historyOf, pastOf } from "../../../src/anycast/health/history.ts";
import { ended } from "../../../src/anycast/health/past.ts";
import { type Health, type HealthEvent, initialHealth, isUrgent, step } from "../../../src/anycast/health/step.ts";
import type { HealthLimits, Outcome } from "../../../src/anycast/health/verdict.ts";
import { weightOf } from "../../../src/anycast/probe/loss.ts";
import { retellWith } from "../../support/retell.ts";

const PACES: Readonly<Record<string, number>> = { udp: 250, tcp: 1000 };
const RECHECK = 50;
const HOUR = 3_600_000;
const OK: Outcome = { ok: true };

interface StoryCheck {
  readonly name: string;
  due: number;
  asked: number;
  /** What it says at a time. */
  says: (now: number, asked: number) => Outcome;
}

interface StoryPrefix {
  readonly name: string;
  readonly checks: readonly StoryCheck[];
  health: Health;
  told: string;
  changes: number[];
}

/** Prefixes, and the clock of a process that may start anew. */
export class Story {
  limits: HealthLimits = { fall: 3, rise: 8, cooldown: 10_000, cooldownMost: 600_000, transitions: 12 };
  readonly prefixes: StoryPrefix[] = [];
  verdictsOnly = false;
  now = 0;
  /** When the process started: its monotonic clock begins anew each time. */
  #started = 0;
  #out: string[] = [];

  addPrefix(name: string, checks: readonly string[]): void {
    const health = initialHealth(checks, 0, this.limits);
    const asked = checks.map((check) => ({ name: check, due: 0, asked: 0, says: () => OK }));
    this.prefixes.push({ name, checks: asked, health, told: "", changes: [] });
  }

  /** What has come of it since the last time. */
  takeLines(): string[] {
    const lines = this.#out;
    this.#out = [];
    return lines;
  }

  /** Everything that is due before `end` happens. */
  passUntil(end: number): void {
    for (;;) {
      const next = this.prefixes.flatMap((prefix) => this.#dues(prefix)).sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at >= end) break;
      this.now = Math.max(this.now, next.at);
      next.happen();
    }
    this.now = end;
  }

  #dues(prefix: StoryPrefix): { at: number; happen: () => void }[] {
    const { wait } = prefix.health;
    const checks = prefix.checks.map((check) => ({ at: check.due, happen: () => this.#ask(prefix, check) }));
    const tick = () => this.take(prefix, { say: "tick" });
    return wait === undefined ? checks : [...checks, { at: wait.until + this.#started, happen: tick }];
  }

  #ask(prefix: StoryPrefix, check: StoryCheck): void {
    const outcome = check.says(this.now, check.asked++);
    this.take(prefix, { say: "outcome", check: check.name, outcome });
    check.due = this.now + (isUrgent(prefix.health, outcome) ? RECHECK : (PACES[check.name] ?? 250));
  }

  take(prefix: StoryPrefix, event: HealthEvent): void {
    const before = prefix.health;
    prefix.health = step(before, event, this.now - this.#started, this.limits);
    if ((before.verdict === "good") !== (prefix.health.verdict === "good")) prefix.changes.push(this.now);
    this.say(prefix);
  }

  say(prefix: StoryPrefix): void {
    const { phase, verdict, why } = prefix.health;
    const full = `${phase} ${verdict}${why === undefined ? "" : `: ${why}`}`;
    const text = this.verdictsOnly ? verdict : full;
    if (text !== prefix.told) this.line(this.prefixes.length > 1 ? `${prefix.name} ${text}` : text);
    prefix.told = text;
  }

  line(text: string): void {
    this.#out.push(`${`${(this.now / 1000).toFixed(2)}s`.padStart(9)}  ${text}`);
  }

  /** The process ends, and starts anew at once with what it has saved. */
  again(planned: boolean): void {
    const old = this.#clocks();
    this.#started = this.now;
    for (const prefix of this.prefixes) {
      const past = planned ? ended(prefix.health.past, old.monotonic(), this.limits) : prefix.health.past;
      const saved = JSON.parse(JSON.stringify(historyOf(past, old)));
      const names = prefix.checks.map(({ name }) => name);
      prefix.health = initialHealth(names, 0, this.limits, pastOf(saved, this.#clocks()));
      for (const check of prefix.checks) check.due = this.now;
    }
  }

  /** As it is now: the wall clock goes on over restarts. */
  #clocks(): Clocks {
    const { now } = this;
    const started = this.#started;
    return { now: () => 1.7e12 + now, monotonic: () => now - started };
  }

  count(): void {
    for (const { name, changes } of this.prefixes) {
      const hours = changes.map((end) => changes.filter((at) => at > end - HOUR && at <= end).length);
      const text = `${name}: good and not good ${changes.length} times, ${Math.max(0, ...hours)} in the worst hour`;
      this.line(text);
    }
  }
}

/** Milliseconds: "10s", "1.5s", "5m", "2h". */
function durationOf(text: string): number {
  const [, number, unit = ""] = /^([\d.]+)([smh])$/.exec(text) ?? [];
  const length = { s: 1000, m: 60_000, h: HOUR }[unit];
  if (number === undefined || length === undefined) throw new Error(`what time is "${text}"?`);
  return Number(number) * length;
}

/** Tells a story again: its text with what comes of each line where it belongs. */
export function retell(text: string, file: string): string {
  const story = new Story();
  const timeOf = (line: string) => {
    const time = /^at (\S+) /.exec(line)?.[1];
    return time === undefined ? undefined : durationOf(time);
  };
  const setUpWith = (line: string) => setUp(story, line);
  return retellWith(text, file, { timeOf, setUp: setUpWith, tell: (...said) => tell(story, ...said) });
}

function setUp(story: Story, line: string): void {
  const [command, ...rest] = line.split(" ");
  if (command === "limits") {
    const names: Readonly<Record<string, string>> = { most: "cooldownMost" };
    const given = rest.map((word) => word.split("=") as [string, string]);
    const read = given.map(([name, value]) => [names[name] ?? name, /\D$/.test(value) ? durationOf(value) : +value]);
    story.limits = { ...story.limits, ...Object.fromEntries(read) };
  } else if (command === "prefix") story.addPrefix(rest[0] ?? "", rest.slice(2).join(" ").split(", "));
  else if (line === "tell verdicts") story.verdictsOnly = true;
  else throw new Error(`what is "${line}"?`);
}

/** Does what a line says at its time, and lets time go by until the next one, or a minute when it is the last. */
function tell(story: Story, line: string, at: number, next: number | undefined): string[] {
  if (story.prefixes.length === 0) story.addPrefix("v4", ["udp", "tcp"]);
  story.passUntil(at);
  for (const sentence of line.replace(/^at \S+ /, "").split(", ")) happen(story, sentence);
  story.passUntil(next ?? at + 60_000);
  return story.takeLines();
}

function happen(story: Story, what: string): void {
  if (what === "nothing") return;
  if (what === "count") story.count();
  else if (what === "crash" || what === "restart") story.again(what === "restart");
  else {
    const words = what.split(" ");
    const named = story.prefixes.find(({ name }) => name === words[0]);
    const rest = named ? words.slice(1) : words;
    for (const prefix of named ? [named] : story.prefixes) does(story, prefix, rest);
  }
}

/** "udp is silent", "thread:udp-2 hangs". */
function does(story: Story, prefix: StoryPrefix, [name = "", ...words]: readonly string[]): void {
  const check = prefix.checks.find((one) => one.name === name);
  const verb = words.join(" ");
  if (check !== undefined) check.says = mannerOf(check, verb, story.now);
  else if (!name.includes(":")) throw new Error(`who is "${name}"?`);
  else story.take(prefix, { say: "fact", key: name, why: verb === "is fine" ? undefined : `${name} ${verb}` });
}

function mannerOf({ name, asked: before }: StoryCheck, verb: string, began: number): StoryCheck["says"] {
  const silent: Outcome = { ok: false, severity: "hard", why: `${name} does not answer` };
  if (verb === "answers") return () => OK;
  if (verb === "is silent") return () => silent;
  if (verb === "is wrong") return () => ({ ok: false, severity: "wrong", why: `${name} answers with an old serial` });
  if (verb === "loses half") return (_, asked) => (asked % 2 === 0 ? silent : OK);
  const drowned: Outcome = {
    ...silent,
    weight: weightOf({ replies: [undefined, undefined], code: undefined }, "udp", 0.9),
  };
  if (verb === "drowns") return () => drowned;
  if (verb === "loses 29 of 30 in a flood") return (_, asked) => (asked % 30 === 0 ? OK : drowned);
  const [, lost] = /^loses (\d+)$/.exec(verb) ?? [];
  if (lost !== undefined) return (_, asked) => (asked < before + Number(lost) ? silent : OK);
  const [, every, length] = /^flaps every (\S+) for (\S+)$/.exec(verb) ?? [];
  if (every === undefined || length === undefined) throw new Error(`what is "${verb}"?`);
  const [half, end] = [durationOf(every), began + durationOf(length)];
  return (now) => (now < end && Math.floor((now - began) / half) % 2 === 0 ? silent : OK);
}
