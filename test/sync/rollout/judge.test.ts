/** When answers have become worse: against what the POP gave before, and against the POPs with the old version. */

import { expect, test } from "vitest";
import type { ZoneCounts } from "../../../src/sync/report.ts";
import { between, judge, jumpToText } from "../../../src/sync/rollout/judge.ts";

const LIMITS = { nxdomain: 20, servfail: 2, refused: 2, queries: 50, patience: 120 };

/** "1000 n=10 s=1": queries, and how many were NXDOMAIN, SERVFAIL, REFUSED; "-" for none at hand. */
function counts(text: string): ZoneCounts | undefined {
  if (text === "-") return undefined;
  const [queries, ...kinds] = text.split(" ");
  const of = (letter: string) => Number(kinds.find((kind) => kind.startsWith(`${letter}=`))?.slice(2) ?? 0);
  return { seconds: 60, queries: Number(queries), nxdomain: of("n"), servfail: of("s"), refused: of("r") };
}

const TABLE: readonly (readonly [what: string, before: string, now: string, others: string, jump: string])[] = [
  ["nothing changes", "1000 n=50", "1000 n=50", "1000 n=50", "-"],
  ["SERVFAIL appears", "1000", "1000 s=100", "1000", "servfail"],
  ["as many percent points as allowed are no jump", "1000", "1000 s=20", "1000", "-"],
  ["one answer more is", "1000", "1000 s=21", "1000", "servfail"],
  ["REFUSED appears", "1000", "1000 r=30", "1000", "refused"],
  ["names vanish", "1000 n=50", "1000 n=400", "1000 n=50", "nxdomain"],
  ["random names are asked for everywhere", "1000 n=50", "1000 n=900", "1000 n=880", "-"],
  ["random names everywhere, and SERVFAIL here only", "1000 n=50", "1000 n=800 s=50", "1000 n=880", "servfail"],
  ["this POP always gave more NXDOMAIN than the others", "1000 n=600", "1000 n=610", "1000 n=10", "-"],
  ["the worst of two kinds is told", "1000", "1000 s=100 r=200", "1000", "refused"],
  ["too few answers to tell", "1000", "49 s=49", "1000", "-"],
  ["just enough", "1000", "50 s=50", "1000", "servfail"],
  ["too few before: the others decide", "10", "1000 n=400", "1000 n=390", "-"],
  ["too few before: the others decide, against it", "10", "1000 n=400", "1000 n=10", "nxdomain"],
  ["no others: before decides", "1000 n=10", "1000 n=400", "-", "nxdomain"],
  ["nothing to compare with: a sound zone gives no SERVFAIL", "-", "1000 s=100", "-", "servfail"],
  ["nothing to compare with: NXDOMAIN may be right", "-", "1000 n=900", "-", "-"],
  ["it answers better", "1000 s=500", "1000", "1000 s=500", "-"],
];

for (const [what, before, now, others, expected] of TABLE) {
  test(what, () => {
    const elsewhere = counts(others);
    const jump = judge(counts(before), counts(now) as ZoneCounts, elsewhere ? [elsewhere] : [], LIMITS);
    expect(jump?.kind ?? "-").toBe(expected);
  });
}

test("the others are judged by their sum: one with few answers counts little", () => {
  const others = [counts("1000") as ZoneCounts, counts("10 s=10") as ZoneCounts];
  expect(judge(counts("1000"), counts("1000 s=50") as ZoneCounts, others, LIMITS)?.kind).toBe("servfail");
});

test("a jump is told with what it was held against", () => {
  const jump = judge(counts("1000 s=1"), counts("412 s=128") as ZoneCounts, [], LIMITS);
  expect(jump && jumpToText(jump)).toBe("answers 31.1 % of 412 queries with SERVFAIL; 0.1 % before");
  const alone = judge(undefined, counts("100 s=50") as ZoneCounts, [], LIMITS);
  expect(alone && jumpToText(alone)).toBe("answers 50.0 % of 100 queries with SERVFAIL; a sound zone gives none");
});

test("between two reports; all of the last when a restarted POP counts anew", () => {
  const first = { seconds: 10, queries: 100, nxdomain: 5, servfail: 1, refused: 0 };
  const last = { seconds: 30, queries: 250, nxdomain: 9, servfail: 1, refused: 2 };
  expect(between(first, last)).toEqual({ seconds: 20, queries: 150, nxdomain: 4, servfail: 0, refused: 2 });
  expect(between(last, first)).toBe(first);
});
