/** The queue by which threads tell of limited prefixes: nothing is lost without being counted, and nobody waits for anybody. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { type LimitNews, NEWS_BYTES, NewsReader, NewsWriter } from "../../../src/answer/ratelimit/news.ts";

const ADDRESS = Int32Array.of(1, 2, 3, 4);
/** Places of the queue, as it is made. */
const PLACES = 256;

function queue() {
  const memory = new SharedArrayBuffer(NEWS_BYTES);
  const reader = new NewsReader(memory);
  const read = () => {
    const news: LimitNews[] = [];
    const lost = reader.take((one) => news.push(one));
    return { lost, accounts: news.map(({ account }) => account), news };
  };
  return { memory, writer: new NewsWriter(memory), read };
}

test("what is told comes as it was told, in order, and once", () => {
  const { writer, read } = queue();
  writer.tell(16, -7, 200, 2, true, ADDRESS);
  writer.tell(32, 9, 50, 0, false, ADDRESS);
  expect(read().news).toEqual([
    { account: 16, hash: -7, rate: 200, kind: 2, family: 6, address: ADDRESS },
    { account: 32, hash: 9, rate: 50, kind: 0, family: 4, address: Int32Array.of(1) },
  ]);
  expect(read()).toEqual({ lost: 0, accounts: [], news: [] });
});

test("what finds no place is counted, and what was read makes room", () => {
  const { writer, read } = queue();
  const tell = (from: number, count: number) => {
    for (let i = from; i < from + count; i++) writer.tell(i, 1, 1, 0, false, ADDRESS);
  };
  tell(0, PLACES + 20);
  expect(read()).toMatchObject({ lost: 20, accounts: Array.from({ length: PLACES }, (_, i) => i) });
  for (let round = 0; round < 10; round++) {
    tell(1000, 100);
    expect(read()).toMatchObject({ lost: 0, accounts: Array.from({ length: 100 }, (_, i) => 1000 + i) });
  }
});

test("a writer that dies in the middle of telling does not stop the others for ever", () => {
  const { memory, writer, read } = queue();
  writer.tell(1, 1, 1, 0, false, ADDRESS);
  // It has taken a place, and does not fill it any more.
  Atomics.add(new Int32Array(memory), 0, 1);
  writer.tell(3, 1, 1, 0, false, ADDRESS);
  expect(read().accounts).toEqual([1]);
  expect(read().accounts).toEqual([3]);
  writer.tell(4, 1, 1, 0, false, ADDRESS);
  expect(read().accounts).toEqual([4]);
});

test("threads tell at the same time, and all of it comes or is counted", async () => {
  const { memory, read } = queue();
  const module = new URL("../../../src/answer/ratelimit/news.ts", import.meta.url).href;
  const code = `const { workerData } = require("node:worker_threads");
    import(workerData.module).then(({ NewsWriter }) => {
      const writer = new NewsWriter(workerData.memory);
      for (let i = 0; i < 20000; i++) writer.tell(i, workerData.from, i, 0, false, Int32Array.of(i, 0, 0, 0));
    });`;
  const workers = [1, 2].map((from) => new Worker(code, { eval: true, workerData: { memory, from, module } }));
  let done = false;
  const ended = Promise.all(workers.map((worker) => once(worker, "exit"))).then(() => {
    done = true;
  });
  const seen = new Map<number, number[]>([1, 2].map((from) => [from, []]));
  let lost = 0;
  const look = () => {
    const { lost: more, news } = read();
    lost += more;
    for (const { hash, account, rate, address } of news) {
      // No news is a mixture of two.
      expect([rate, address[0]]).toEqual([account, account]);
      seen.get(hash)?.push(account);
    }
  };
  while (!done) {
    look();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  look();
  look();
  const all = [...seen.values()];
  for (const one of all) expect(one).toEqual([...one].sort((a, b) => a - b));
  expect(all[0].length + all[1].length + lost).toBe(40_000);
  // Whoever is quick may find no place for any of his.
  expect(all[0].length + all[1].length).toBeGreaterThan(0);
});
