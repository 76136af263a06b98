/** A POP follows a store: what it serves, keeps and reports. */

import { describe, expect, test } from "vitest";
import { scratch, until } from "./pop.ts";
import { longText } from "./publisher.ts";
import { setUp } from "./setup.ts";

describe("a push", () => {
  test("is served, and then reported with its times and the position", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    const revision = await at.publisher.push({ zone: "example.com.", serial: 7 });
    await until(async () => (await pop.report())?.position === revision, "the position");
    expect(pop.serial("example.com.")).toBe(7);
    const report = await pop.report();
    expect(report).toMatchObject({ v: 1, pop: "ams1", epoch: "first", ready: true, zones: 1, refusals: 0 });
    expect(report?.recent).toHaveLength(1);
    const [receipt] = report!.recent;
    expect(receipt).toMatchObject({ zone: "example.com.", id: 1, version: 1, serial: 7 });
    expect(receipt.fetchedMs).toBeLessThanOrEqual(receipt.compiledMs);
    expect(receipt.compiledMs).toBeLessThanOrEqual(receipt.servingMs);
  });

  test("of several zones is served in one swap", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    const zones = ["a.example.", "b.example.", "c.example."];
    await at.publisher.pushAll(zones.map((zone) => ({ zone, serial: 1 })));
    await until(() => pop.answers.size === 3);
    expect(pop.swaps).toEqual([zones]);
  });

  test("of a large zone fetches only the chunks that are new", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    const more = longText(1, 3_000_000);
    await at.publisher.push({ zone: "large.example.", serial: 1, more });
    await until(() => pop.serial("large.example.") === 1);
    const first = at.store.asked.splice(0).length;
    await at.publisher.push({ zone: "large.example.", serial: 2, more: `${more}one.more. 1 IN A 192.0.2.1\n` });
    await until(() => pop.serial("large.example.") === 2);
    expect(first).toBeGreaterThan(5);
    expect(at.store.asked.length).toBeLessThanOrEqual(4);
  });

  test("of a small zone does not wait for a large one", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    at.store.delay = () => gate;
    for (let i = 0; i < 10; i++) {
      await at.publisher.push({ zone: `large${i}.example.`, serial: 1, more: longText(i + 2, 300_000) });
    }
    const revision = await at.publisher.push({ zone: "small.example.", serial: 1 });
    await until(() => pop.serial("small.example.") === 1);
    expect(pop.answers.size).toBe(1);
    expect(pop.follower.view.working).toBe(10);
    // All at or before the position is served: it waits for the large ones.
    expect(pop.follower.view.cursor?.position ?? 0).toBeLessThan(revision - 9);
    open();
    await until(() => pop.follower.view.cursor?.position === revision);
    expect(pop.answers.size).toBe(11);
  });

  test("that is newer than one still in work takes its place", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    at.store.delay = () => gate;
    const first = await at.publisher.push({ zone: "example.", serial: 1, more: longText(3, 300_000) });
    await until(() => at.store.asked.length > 0);
    const second = await at.publisher.push({ zone: "example.", serial: 2 });
    await until(() => pop.follower.view.cursor?.position === second);
    open();
    expect(first).toBeLessThan(second);
    expect(pop.serial("example.")).toBe(2);
    await until(() => pop.follower.view.working === 0);
    expect(pop.serial("example.")).toBe(2);
    expect(pop.swaps).toHaveLength(1);
  });

  test("with the content that is served changes only what is known of it", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    await at.publisher.push({ zone: "example.", serial: 1 });
    await until(() => pop.serial("example.") === 1);
    const revision = await at.publisher.push({ zone: "example.", serial: 1 });
    await until(() => pop.follower.view.cursor?.position === revision);
    expect(pop.compiled).toHaveLength(1);
    expect(pop.swaps).toHaveLength(1);
    expect(pop.follower.zone("example.")).toMatchObject({ id: 2, revision, version: { version: 2, serial: 1 } });
  });

  test("goes to the groups that it names", async () => {
    await using at = setUp();
    using other = scratch();
    using third = scratch();
    const canary = at.pop({ pop: "ams1", groups: ["canary"] });
    const named = at.pop({ pop: "fra1", directory: other.path });
    const rest = at.pop({ pop: "lon1", directory: third.path });
    await Promise.all([canary, named, rest].map((pop) => pop.start()));
    await at.publisher.push({ zone: "example.", serial: 1 });
    await until(() => [canary, named, rest].every((pop) => pop.serial("example.") === 1));
    const targets = [
      { group: "canary", version: 2 },
      { group: "fra1", version: 2 },
      { group: "*", version: 1 },
    ];
    const revision = await at.publisher.push({ zone: "example.", serial: 2, targets });
    await until(() => [canary, named, rest].every((pop) => pop.follower.view.cursor?.position === revision));
    expect([canary, named, rest].map((pop) => pop.serial("example."))).toEqual([2, 2, 1]);
    expect(rest.compiled).toHaveLength(1);
    await at.publisher.retarget("example.", [{ group: "*", version: 2 }]);
    await until(() => rest.serial("example.") === 2);
    expect(canary.compiled).toHaveLength(2);
  });

  test("that has no version for this POP leaves what is served", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    await at.publisher.push({ zone: "example.", serial: 1 });
    await until(() => pop.serial("example.") === 1);
    const revision = await at.publisher.push({
      zone: "example.",
      serial: 2,
      targets: [{ group: "canary", version: 2 }],
    });
    await at.publisher.push({ zone: "new.example.", serial: 2, targets: [{ group: "canary", version: 1 }] });
    await until(() => pop.follower.view.cursor?.position === revision + 1);
    expect([...pop.answers.keys()]).toEqual(["example."]);
    expect(pop.serial("example.")).toBe(1);
    expect(pop.follower.view.refusals).toBe(0);
    pop.kill();
    // And what it was made of is kept, although the last manifest does not have it.
    const again = at.pop();
    await again.start();
    expect(again.serial("example.")).toBe(1);
    expect(again.follower.zone("example.")?.id).toBe(2);
  });
});
