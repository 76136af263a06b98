/** The sequences that a swap's decision lists, whoever has written it. */

import { expect, test } from "vitest";
import { sequencesOf } from "../../../src/sync/store/natsintent.ts";

const listed = (text: string) => sequencesOf(Buffer.from(text));

test("runs and single ones, in their order", () => {
  expect(listed("17-19,25")).toEqual([17, 18, 19, 25]);
  expect(listed("")).toEqual([]);
});

// Found by fuzzing: the first two would have been followed for ever, by every POP.
test.each(["1-9007199254740991", "0-1e300", "1-Infinity", "9-1", "-5", "0x10", "1.5", "1-2-3", "x,,y"])(
  "%j is at most as many as a swap can have",
  (text) => {
    const started = performance.now();
    const sequences = listed(text);
    expect(sequences.length).toBeLessThanOrEqual(2 ** 16);
    expect(sequences.every(Number.isSafeInteger)).toBe(true);
    expect(performance.now() - started).toBeLessThan(5000);
  },
);
