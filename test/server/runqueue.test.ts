/** How long a thread has waited for a processor. */

import { expect, test } from "vitest";
import { RunQueue } from "../../src/server/runqueue.ts";

/** Threads by number: their name, and what the system says of them. */
function queue(threads: Map<string, { readonly comm: string; schedstat: string }>): RunQueue {
  return new RunQueue({
    list: () => [...threads.keys()],
    read: (task, file) => {
      const thread = threads.get(task);
      if (thread === undefined) throw new Error("ENOENT");
      return `${thread[file]}\n`;
    },
  });
}

test("a thread is found by its name; one that ends is looked for anew", () => {
  const threads = new Map([
    ["10", { comm: "MainThread", schedstat: "1 2 3" }],
    ["11", { comm: "udp-1", schedstat: "5000000 7000000 9" }],
  ]);
  const run = queue(threads);
  expect(run.waited("udp-1")).toBe(7);
  expect(run.waited("udp-2")).toBeUndefined();
  threads.delete("11");
  expect(run.waited("udp-1")).toBeUndefined();
  threads.set("12", { comm: "udp-1", schedstat: "0 1000000 1" });
  expect(run.waited("udp-1")).toBe(1);
});

test("a system that does not tell says nothing", () => {
  const none = new RunQueue({
    list: () => {
      throw new Error("ENOENT");
    },
    read: () => "",
  });
  expect(none.waited("udp-1")).toBeUndefined();
  expect(queue(new Map([["1", { comm: "udp-1", schedstat: "" }]])).waited("udp-1")).toBeUndefined();
});
