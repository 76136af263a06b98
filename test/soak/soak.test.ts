/** The soak in small: reloads and pushes under load lose nothing; and its judges see what grows, and nothing where nothing does. */

import { describe, expect, test, vi } from "vitest";
import { hasNode24 } from "../support/need.ts";
import { encodeReply } from "./encoded.ts";
import { judge, questionsFor } from "./questions.ts";
import { reportOf } from "./report.ts";
import { sharedMemory, Tally, talliesOf, Versions } from "./shared.ts";
import { soak } from "./soak.ts";
import { growthOf, slopeOf } from "./verdict.ts";

vi.setConfig({ testTimeout: 120_000 });

const linux = process.platform === "linux" && hasNode24();

test.skipIf(!linux)(
  "ten reloads and ten pushes under load lose nothing, and no answer is from another version",
  async () => {
    const result = await soak({ seconds: 4, rate: 1000, reloads: 10, pushes: 10, hosts: 1000, tell: () => {} });
    const { tallies, dropped, samples } = result;
    expect([result.reloads, result.pushes, result.codes]).toEqual([10, 10, [0, 0]]);
    expect(tallies[Tally.SENT]).toBeGreaterThan(1500);
    expect([tallies[Tally.WRONG], tallies[Tally.OTHER_VERSION]]).toEqual([0, 0]);
    expect(tallies[Tally.LOST] - tallies[Tally.LATE] - dropped).toBeLessThanOrEqual(0);
    expect(result.complaints).toEqual([]);
    expect(samples.length).toBeGreaterThan(2);
    const { text, svg } = reportOf(result);
    expect(text).toMatch(/^lost {8}\d+, of which/m);
    // A point for each sample, in every chart that is not of the heap.
    const first = /<polyline points="([^"]*)"/.exec(svg)?.[1] ?? "";
    expect(first.split(" ")).toHaveLength(samples.length);
    expect(svg.match(/<polyline/g)).toHaveLength(12);
  },
);

describe("a judge of growth", () => {
  const limit = { name: "RSS", unit: "MB", perHour: 60, noise: 12 };
  const points = (of: (at: number) => number) => Array.from({ length: 300 }, (_, at) => ({ at, value: of(at) }));

  test("sees a leak behind garbage that comes and goes", () => {
    const { bad, slope } = growthOf(
      limit,
      points((at) => 150 + (at % 20) + at * 0.1),
    );
    expect(bad).toBe(true);
    expect(slope).toBeGreaterThan(300);
    expect(slope).toBeLessThan(420);
  });

  test("sees none in garbage, in a start that levels off, and in a few high samples", () => {
    expect(
      growthOf(
        limit,
        points((at) => 150 + (at % 20)),
      ).bad,
    ).toBe(false);
    expect(
      growthOf(
        limit,
        points((at) => 150 + Math.min(at, 60)),
      ).bad,
    ).toBe(false);
    expect(
      growthOf(
        limit,
        points((at) => (at > 280 ? 400 : 150)),
      ).bad,
    ).toBe(false);
  });

  test("takes the median of slopes, and none of too few points", () => {
    expect(slopeOf([])).toBe(0);
    expect(slopeOf([{ at: 1, value: 5 }])).toBe(0);
    expect(slopeOf([0, 1, 2, 30, 4].map((value, at) => ({ at, value })))).toBe(1);
  });
});

describe("a judge of answers", () => {
  const memory = sharedMemory(1, 1);
  const versions = new Versions(memory);
  const [there] = questionsFor([0]).filter(({ absent }) => !absent);
  const [absent] = questionsFor([0]).filter((question) => question.absent);
  versions.begin(0, 7);
  versions.confirm(0, 6);

  function tally(question: typeof there, oldest: number, reply: Uint8Array) {
    const tallies = talliesOf(memory, 0).fill(0);
    judge(question, oldest, reply, reply.length, versions, tallies);
    return { other: tallies[Tally.OTHER_VERSION], wrong: tallies[Tally.WRONG] };
  }

  test.each([5, 6, 7, 8])("an answer from version %i, where 6 and 7 may be", (version) => {
    const other = version < 6 || version > 7 ? 1 : 0;
    expect(tally(there, 6, encodeReply(there, version))).toEqual({ other, wrong: 0 });
    expect(tally(absent, 6, encodeReply(absent, version))).toEqual({ other, wrong: 0 });
  });

  test("a denial of what is there, an answer for what is not, and half an answer", () => {
    expect(tally(there, 6, encodeReply({ ...there, absent: true }, 7)).wrong).toBe(1);
    expect(tally(absent, 6, encodeReply({ ...absent, absent: false }, 7)).wrong).toBe(1);
    expect(tally(there, 6, encodeReply(there, 7).subarray(0, 20)).wrong).toBe(1);
  });
});
