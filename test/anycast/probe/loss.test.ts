/** How much of a failure a missing answer is, when much is lost. */

import { expect, test } from "vitest";
import { checksOf } from "../../../src/anycast/probe/checks.ts";
import { weightOf } from "../../../src/anycast/probe/loss.ts";
import { honest, liar, NAME, replyTo } from "./liar.ts";

const REPLY = new Uint8Array(12);
const asked = (...answered: boolean[]) => ({
  replies: answered.map((yes) => (yes ? REPLY : undefined)),
  code: undefined,
});
const NONE = asked(false, false);
const HALF = asked(true, false);

test("where nothing is lost, and nearly nothing, a failure is whole", () => {
  for (const loss of [0, 0.01, 0.05, 0.1]) {
    expect(weightOf(NONE, "udp", loss)).toBe(1);
  }
  expect(weightOf(NONE, "tcp", 0.001)).toBe(1);
  expect(weightOf(HALF, "udp", 0)).toBe(1);
});

test("what is answered has nothing missing, and a connection that gave some answers was not lost", () => {
  expect(weightOf(asked(true, true), "udp", 0.9)).toBe(1);
  expect(weightOf(HALF, "tcp", 0.9)).toBe(1);
});

test("the more is lost, the less is a failure; and the less, the fewer questions there were", () => {
  const weights = [0.2, 0.5, 0.9, 0.99].map((loss) => weightOf(NONE, "udp", loss));
  expect(weights).toEqual([...weights].sort((a, b) => b - a));
  expect(weights.at(-1)).toBeGreaterThan(0);
  expect(weightOf(asked(false), "udp", 0.9)).toBeLessThan(weightOf(NONE, "udp", 0.9));
  expect(weightOf(HALF, "udp", 0.9)).toBeLessThan(weightOf(NONE, "udp", 0.9));
  expect(weightOf(NONE, "tcp", 0.9)).toBeLessThan(weightOf(NONE, "udp", 0.9));
  // Even then somebody who never answers is found out.
  expect(weightOf(asked(false), "tcp", 1)).toBeGreaterThan(0);
});

// The promise of loss.ts: as many failures in a row as make three whole ones are one in a thousand million by loss alone.
test.each([0.3, 0.5, 0.7, 0.9, 0.95])(
  "at a loss of %f a POP that answers the rest falls at most once in 10^8 probes",
  (loss) => {
    for (const [chance, outcome] of [
      [loss ** 4, NONE],
      [1 - (1 - loss ** 2) ** 2, HALF],
    ] as const) {
      const inARow = Math.ceil(3 / weightOf(outcome, "udp", loss));
      expect(chance ** inARow).toBeLessThan(1e-8);
    }
  },
);

test("a check asks for the loss only when an answer is missing, and says what it made of it", async () => {
  let mute = false;
  const server = await liar((query, _protocol, send) => {
    if (!mute) send(replyTo(query, honest(query)));
  });
  const asks: string[] = [];
  const options = {
    ...{ addresses: [{ address: server.address, port: server.port }], identity: NAME, timeout: 100, zones: [] },
    served: { serialOf: () => undefined, next: () => undefined },
    lossOf: async (protocol: string) => {
      asks.push(protocol);
      return 0.9;
    },
  };
  const [udp, tcp] = checksOf(options);
  const { signal } = new AbortController();
  for (const check of [udp, tcp]) expect(await check?.run(signal)).toEqual({ ok: true });
  expect(asks).toEqual([]);
  mute = true;
  for (const [check, weight] of [
    [udp, 0.0305],
    [tcp, 0.0153],
  ] as const) {
    expect(await check?.run(signal)).toEqual({
      ...{ ok: false, severity: "hard", weight: expect.closeTo(weight, 3) },
      why: expect.stringContaining("nothing came in 100 ms, while 90 % of all that comes is lost by overload"),
    });
  }
  expect(asks).toEqual(["udp", "tcp"]);
});
