/** What the log says of limited prefixes: when it begins, when it is over, and never more than people can read. */

import { expect, test } from "vitest";
import { Kind } from "../../../src/answer/ratelimit/kind.ts";
import type { LimitNews } from "../../../src/answer/ratelimit/news.ts";
import { LimitJournal } from "../../../src/server/ratelimit/journal.ts";
import { prefixText } from "../../../src/server/ratelimit/watch.ts";

function journal() {
  const over = new Set<number>();
  const kept = new LimitJournal(({ account }) => over.has(account));
  const begin = (prefix: string, account: number, now: number, kind: number = Kind.ANSWER) => {
    over.add(account);
    kept.take(prefix, { account, hash: 1, rate: 200, kind, family: 4, address: Int32Array.of(0) }, now);
  };
  return { kept, begin, end: (account: number) => over.delete(account) };
}

const started = (prefix: string, kind = "answers") => ({ event: "ratelimit.started", prefix, kind, rate: 200 });

test("one line when a prefix goes over, one when all of its accounts are under again", () => {
  const { kept, begin, end } = journal();
  begin("192.0.2.0/24", 1, 0, Kind.NXDOMAIN);
  begin("192.0.2.0/24", 2, 100);
  expect(kept.look(1000)).toEqual([started("192.0.2.0/24", "answers that a name does not exist")]);
  begin("192.0.2.0/24", 3, 1500);
  expect(kept.look(2000)).toEqual([]);
  end(1);
  end(3);
  expect(kept.look(3000)).toEqual([]);
  end(2);
  expect(kept.look(7400)).toEqual([{ event: "ratelimit.ended", prefix: "192.0.2.0/24", seconds: 7 }]);
  expect(kept.look(8000)).toEqual([]);
  expect(kept.prefixes).toBe(0);
});

test("what begins and is over between two looks is told whole", () => {
  const { kept, begin, end } = journal();
  begin("192.0.2.0/24", 1, 0);
  end(1);
  expect(kept.look(900)).toEqual([
    started("192.0.2.0/24"),
    { event: "ratelimit.ended", prefix: "192.0.2.0/24", seconds: 1 },
  ]);
});

test("many at once: three lines at each look, and the number of the others; their ends are not told either", () => {
  const { kept, begin, end } = journal();
  for (let i = 0; i < 1000; i++) begin(`10.0.${i}.0/24`, i, 0);
  expect(kept.prefixes).toBe(256);
  const lines = kept.look(1000);
  expect(lines).toEqual([
    ...[0, 1, 2].map((i) => started(`10.0.${i}.0/24`)),
    { event: "ratelimit.more", prefixes: 997 },
  ]);
  for (let i = 0; i < 1000; i++) end(i);
  expect(kept.look(2000).map(({ event }) => event)).toEqual(new Array(3).fill("ratelimit.ended"));
  expect(kept.look(3000)).toEqual([]);
  expect(kept.prefixes).toBe(0);
});

test("ends that are too many for one look come with the next", () => {
  const { kept, begin, end } = journal();
  for (let i = 0; i < 6; i++) {
    begin(`10.0.${i}.0/24`, i, i * 1000);
    expect(kept.look(i * 1000)).toHaveLength(1);
  }
  for (let i = 0; i < 6; i++) end(i);
  expect(kept.look(9000)).toHaveLength(3);
  expect(kept.look(10_000)).toHaveLength(3);
  expect(kept.look(11_000)).toEqual([]);
});

test("what threads could not tell is counted", () => {
  const { kept } = journal();
  kept.lost(12);
  expect(kept.look(0)).toEqual([{ event: "ratelimit.more", prefixes: 12 }]);
  expect(kept.look(0)).toEqual([]);
});

test("prefixes as people write them", () => {
  const lengths = { ipv4: 22, ipv6: 56 };
  const news = (family: 4 | 6, ...address: number[]) =>
    ({ account: 0, hash: 0, rate: 1, kind: 0, family, address: Int32Array.from(address) }) satisfies LimitNews;
  expect(prefixText(news(4, 0xc63367ff), lengths)).toBe("198.51.100.0/22");
  expect(prefixText(news(6, 0x20010db8, 0x1234_56ff, 5, 6), lengths)).toBe("2001:db8:1234:5600::/56");
});
