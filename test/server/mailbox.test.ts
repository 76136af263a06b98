import { MessageChannel } from "node:worker_threads";
import { afterAll, expect, test } from "vitest";
import { GENERATION_BYTES, Mailbox, tellOfMessages } from "../../src/server/mailbox.ts";

const { port1, port2 } = new MessageChannel();
const generation = new SharedArrayBuffer(GENERATION_BYTES);
const mailbox = new Mailbox<number>(port2, generation);
const taken: number[] = [];
const take = () => mailbox.take((message) => taken.push(message));

afterAll(() => port1.close());

test("what was posted before the first look is there", () => {
  port1.postMessage(1);
  port1.postMessage(2);
  expect([take(), taken.splice(0)]).toEqual([true, [1, 2]]);
});

test("nothing is looked for until somebody tells, and then all is taken, in order", () => {
  expect(take()).toBe(false);
  port1.postMessage(3);
  expect([take(), taken]).toEqual([false, []]);
  port1.postMessage(4);
  tellOfMessages(generation);
  expect([take(), taken.splice(0)]).toEqual([true, [3, 4]]);
  expect(take()).toBe(false);
});

test("being told for another thread's sake harms nobody", () => {
  tellOfMessages(generation);
  expect([take(), taken]).toEqual([true, []]);
});
