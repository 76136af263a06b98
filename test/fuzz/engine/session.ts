/** One target from its seeds to a line of the table. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { readCases, writeCases } from "./corpus.ts";
import { Coverage } from "./coverage.ts";
import { Crashes } from "./crashes.ts";
import { descriptors, flatness, judgeFlat } from "./flat.ts";
import { Fuzzer } from "./fuzzer.ts";
import { minimised } from "./minimise.ts";
import { Random } from "./random.ts";
import { type Open, octetsOf } from "./target.ts";
import { Watchdog } from "./watchdog.ts";

export interface Wish {
  readonly times: number;
  /** Seconds after which no more cases are made. */
  readonly seconds: number;
  readonly seed: number;
  /** Where corpora, cases that once broke something, and new ones of those are. */
  readonly corpus: string;
  readonly found: string;
  readonly crashes: string;
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
export async function fuzz(name: string, load: () => Promise<{ readonly open: Open }>, wish: Wish): Promise<Result> {
  const coverage = new Coverage();
  coverage.watch();
  const target = await (await load()).open();
  const hung = join(wish.crashes, `${name}-hung`);
  const watchdog = new Watchdog(1 << 20, hung);
  await watchdog.ready();
  const crashes = new Crashes(name, wish.crashes);
  const tools = { coverage, random: new Random(wish.seed), crashes, watchdog };
  const literals = [...coverage.literals].flatMap(wordsOf);
  const fuzzer = new Fuzzer(target, [...target.words, ...literals], tools);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  coverage.clear();
  const path = join(wish.corpus, `${name}.txt`);
  await fuzzer.replay([...readCases(path), ...readCases(join(wish.found, `${name}.txt`)), ...target.seeds]);
  const open = descriptors();
  const before = coverage.reached;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let told = 0;
  await fuzzer.explore(wish.times, () => {
    if (seconds() - told > 10) {
      told = seconds();
      wish.progress(
        `${name}: ${fuzzer.cases} cases, ${fuzzer.corpus.length} kept, ${coverage.reached} ways, ${crashes.count} crashes`,
      );
    }
    return seconds() > wish.seconds;
  });
  const took = seconds();
  if (wish.save) writeCases(path, await minimised(fuzzer.corpus, target, coverage));
  const turn = Math.min(20_000, Math.max(200, wish.times));
  const flat = await flatness(target, fuzzer.corpus.slice(0, 500), turn);
  try {
    judgeFlat(flat, open);
  } catch (error) {
    crashes.add(new Uint8Array(0), error);
  }
  Error.stackTraceLimit = limit;
  await target.close?.();
  await watchdog.close();
  rmSync(hung, { force: true });
  return {
    target: name,
    cases: fuzzer.cases,
    crashes: crashes.count,
    corpus: fuzzer.corpus.length,
    ways: coverage.cells,
    reached: coverage.reached,
    fresh: coverage.reached - before,
    seconds: took,
    rss: flat.rss,
    grown: flat.grown,
  };
}

/** A literal as it may stand in a case: text, or a number in network order and in digits. */
function wordsOf(literal: string | number): Uint8Array[] {
  if (typeof literal === "string") return literal.length > 0 && literal.length <= 40 ? [octetsOf(literal)] : [];
  if (!Number.isInteger(literal) || literal < 0 || literal > 0xffffffff) return [];
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, literal);
  return [octets.slice(literal > 0xffff ? 0 : literal > 0xff ? 2 : 3), octetsOf(String(literal))];
}
