/** Whether a thread gets a processor. */

import { expect, test } from "vitest";
import { ProcessorTimes } from "../../src/server/processortime.ts";

interface Task {
  readonly comm: string;
  readonly stat: string;
  readonly schedstat: string;
}

/** Threads by number, and what the system says of them. */
function times(tasks: Map<string, Task>): ProcessorTimes {
  return new ProcessorTimes({
    list: () => [...tasks.keys()],
    read: (task, file) => {
      const found = tasks.get(task);
      if (found === undefined) throw new Error("ENOENT");
      return `${found[file]}\n`;
    },
  });
}

test("a thread is found by its name; one that ends is looked for anew", () => {
  const tasks = new Map([
    ["10", { comm: "MainThread", stat: "10 (MainThread) S 1", schedstat: "1 2 3" }],
    ["11", { comm: "udp-1", stat: "11 (udp-1) R 1", schedstat: "5000000 7000000 9" }],
  ]);
  const all = times(tasks);
  expect(all.of("udp-1")).toEqual({ wants: true, ran: 5 });
  expect(all.of("udp-2")).toBeUndefined();
  tasks.delete("11");
  expect(all.of("udp-1")).toBeUndefined();
  tasks.set("12", { comm: "udp-1", stat: "12 (udp-1) S 1", schedstat: "1000000 0 1" });
  expect(all.of("udp-1")).toEqual({ wants: false, ran: 1 });
});

test("a system that does not tell says nothing", () => {
  expect(times(new Map([["1", { comm: "udp-1", stat: "", schedstat: "x" }]])).of("udp-1")).toBeUndefined();
  const none = new ProcessorTimes({
    list: () => {
      throw new Error("ENOENT");
    },
    read: () => "",
  });
  expect(none.of("udp-1")).toBeUndefined();
});
