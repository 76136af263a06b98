/** One target from its seeds to a line of the table. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { readCases, writeCases } from "./corpus.ts";
import type { Coverage } from "./coverage.ts";
import { Crashes } from "./crashes.ts";
import { descriptors, type Flat, flatness, judgeFlat } from "./flat.ts";
import { Fuzzer } from "./fuzzer.ts";
import { minimised } from "./minimise.ts";
import { Random } from "./random.ts";
import { type Open, octetsOf } from "./target.ts";
import { Watchdog } from "./watchdog.ts";

/** Octets of a case that the watchdog has room for. */
const HELD = 1 << 20;
/** Seconds between two lines of progress. */
const TOLD_EVERY = 10;
/** Cases of a turn of flatness. */
const TURN_LEAST = 100;
const TURN_MOST = 20_000;

export interface Wish {
  readonly times: number;
  /** Seconds after which no more cases are made. */
  readonly seconds: number;
  readonly seed: number;
  /** Where corpora, cases that once broke something, and new ones of those are. */
  readonly corpus: string;
  readonly found: string;
  readonly crashes: string;
  /** Seconds of a turn by which it is seen whether anything is kept. */
  readonly turn: number;
  /** Write the corpus anew, made small. */
  readonly save: boolean;
  /** Told now and then. */
  readonly progress: (line: string) => void;
}

export interface Result {
  readonly target: string;
  readonly cases: number;
  readonly crashes: number;
  readonly corpus: number;
  /** Ways that the code has, those that were gone, and those that no case of before went. */
  readonly ways: number;
  readonly reached: number;
  readonly fresh: number;
  readonly seconds: number;
  readonly rss: number;
  readonly grown: number;
}

/** Fuzzes one target. */
export async function fuzz(
  name: string,
  load: () => Promise<{ readonly open: Open }>,
  coverage: Coverage,
  wish: Wish,
): Promise<Result> {
  const target = await (await load()).open();
  const hung = join(wish.crashes, `${name}-hung`);
  const watchdog = new Watchdog(HELD, hung);
  await watchdog.ready();
  const crashes = new Crashes(name, wish.crashes);
  const words = [...target.words, ...[...coverage.literals].flatMap(wordsOf)];
  const fuzzer = new Fuzzer(target, words, { coverage, random: new Random(wish.seed), crashes, watchdog });
  const limit = Error.stackTraceLimit;
  // Checks that refuse by throwing would spend their time on stacks.
  Error.stackTraceLimit = 0;
  coverage.begin();
  const path = join(wish.corpus, `${name}.txt`);
  await fuzzer.replay([...readCases(path), ...readCases(join(wish.found, `${name}.txt`)), ...target.seeds]);
  const before = { reached: coverage.reached, open: descriptors() };
  const seconds = await explored(fuzzer, coverage, crashes, wish);
  if (wish.save) writeCases(path, await minimised(fuzzer.corpus, target, coverage));
  const flat = await settled(fuzzer, seconds, before.open, crashes, wish);
  Error.stackTraceLimit = limit;
  await target.close?.();
  await watchdog.close();
  rmSync(hung, { force: true });
  const { reached, cells: ways } = coverage;
  const counts = { cases: fuzzer.cases, crashes: crashes.count, corpus: fuzzer.corpus.length };
  return { target: name, ...counts, ways, reached, fresh: reached - before.reached, seconds, ...flat };
}

/** New cases, as many as are wished for; the seconds that they took. */
async function explored(fuzzer: Fuzzer, coverage: Coverage, crashes: Crashes, wish: Wish): Promise<number> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let told = 0;
  await fuzzer.explore(wish.times, () => {
    if (seconds() - told > TOLD_EVERY) {
      told = seconds();
      const { cases, corpus, target } = fuzzer;
      wish.progress(
        `${target.name}: ${cases} cases, ${corpus.length} kept, ${coverage.reached} ways, ${crashes.count} crashes`,
      );
    }
    return seconds() > wish.seconds;
  });
  return seconds();
}

/** Whether anything was kept of it all; that is a crash like others. */
async function settled(fuzzer: Fuzzer, seconds: number, open: number, crashes: Crashes, wish: Wish): Promise<Flat> {
  const rate = fuzzer.cases / Math.max(seconds, 0.001);
  const turn = Math.round(Math.min(TURN_MOST, Math.max(TURN_LEAST, rate * wish.turn)));
  const flat = await flatness(fuzzer.target, fuzzer.corpus.slice(0, 500), turn);
  try {
    judgeFlat(flat, open);
  } catch (error) {
    crashes.add(new Uint8Array(0), error);
  }
  return flat;
}

/** A literal as it may stand in a case: text, or a number in network order and in digits. */
function wordsOf(literal: string | number): Uint8Array[] {
  if (typeof literal === "string") return literal.length > 0 && literal.length <= 40 ? [octetsOf(literal)] : [];
  if (!Number.isInteger(literal) || literal < 0 || literal > 0xffffffff) return [];
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, literal);
  return [octets.slice(literal > 0xffff ? 0 : literal > 0xff ? 2 : 3), octetsOf(String(literal))];
}
