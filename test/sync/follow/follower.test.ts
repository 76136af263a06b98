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

describe("a restart", () => {
  test("serves what is on disk before the store is asked, from images where there are any", async () => {
    await using at = setUp();
    const before = at.pop();
    await before.start();
    await at.publisher.push({ zone: "small.example.", serial: 1 });
    await at.publisher.push({ zone: "large.example.", serial: 1, more: longText(5, 400_000) });
    await until(() => before.follower.view.cursor?.position === 2);
    before.kill();
    at.store.lose();
    at.store.asked.length = 0;
    before.images.delete([...before.images.keys()].find((key) => key.startsWith("small"))!);

    const pop = at.pop({ images: before.images });
    await pop.start();
    expect(pop.answers).toEqual(before.answers);
    expect(pop.compiled.map(({ zone, before: old }) => [zone, old])).toEqual([["small.example.", undefined]]);
    expect(at.store.asked).toEqual([]);
  });

  test("without images parses the texts on disk, large ones too", async () => {
    await using at = setUp();
    const before = at.pop();
    await before.start();
    await at.publisher.push({ zone: "large.example.", serial: 1, more: longText(5, 400_000) });
    await until(() => before.follower.view.cursor?.position === 1);
    before.kill();
    at.store.lose();
    at.store.asked.length = 0;
    const pop = at.pop();
    await pop.start();
    expect(pop.answers).toEqual(before.answers);
    expect(at.store.asked).toEqual([]);
  });

  test("goes on from the position, and misses nothing", async () => {
    await using at = setUp();
    const before = at.pop();
    await before.start();
    await at.publisher.push({ zone: "a.example.", serial: 1 });
    await until(() => before.follower.view.cursor?.position === 1);
    before.kill();
    await at.publisher.push({ zone: "b.example.", serial: 1 });
    await at.publisher.push({ zone: "a.example.", serial: 2 });
    const pop = at.pop({ images: before.images });
    await pop.start();
    await until(() => pop.follower.view.cursor?.position === 3);
    expect([pop.serial("a.example."), pop.serial("b.example.")]).toEqual([2, 1]);
    expect(at.store.watched).toEqual([undefined, { epoch: "first", position: 1 }]);
  });

  test("in other groups serves their version", async () => {
    await using at = setUp();
    const before = at.pop();
    await before.start();
    await at.publisher.push({ zone: "example.", serial: 1 });
    const targets = [
      { group: "canary", version: 2 },
      { group: "*", version: 1 },
    ];
    await at.publisher.push({ zone: "example.", serial: 2, targets });
    await until(() => before.follower.view.cursor?.position === 2);
    before.kill();
    const pop = at.pop({ groups: ["canary"] });
    await pop.start();
    expect(pop.serial("example.")).toBe(2);
  });

  test("keeps what is served when a newer manifest is refused before the old one is made", async () => {
    await using at = setUp();
    const before = at.pop();
    await before.start();
    await at.publisher.push({ zone: "example.", serial: 1 });
    await until(() => before.follower.view.cursor?.position === 1);
    before.kill();
    await at.publisher.push({ zone: "example.", serial: 2, more: "BAD\n" });
    const pop = at.pop();
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    pop.compiling = ({ version }) => (version.version === 1 ? gate : Promise.resolve());
    const started = pop.start();
    await until(() => pop.events("zone.refused").length === 1);
    open();
    await started;
    await until(() => pop.serial("example.") === 1);
    expect(pop.follower.zone("example.")).toMatchObject({ id: 1, refused: { id: 2 } });
  });
});

describe("without a store", () => {
  test("and without a copy it waits, not ready, and says so", async () => {
    await using at = setUp();
    at.store.lose("nats://store:4222 can't be reached");
    const pop = at.pop();
    let ready = false;
    const started = pop.start().then(() => (ready = true));
    await until(() => pop.events("store.lost").length > 0);
    expect(pop.events("store.lost")[0].text).toBe(
      "nats://store:4222 can't be reached; not ready: the store must be reached first",
    );
    expect(ready).toBe(false);
    at.store.back();
    await at.publisher.push({ zone: "example.", serial: 1 });
    await started;
    await until(() => pop.serial("example.") === 1);
  });

  test("a copy that never had everything is served, and is not enough to be ready", async () => {
    await using at = setUp();
    const before = at.pop();
    at.store.delay = () => new Promise(() => {});
    const started = before.start();
    void started;
    await at.publisher.push({ zone: "a.example.", serial: 1 });
    await at.publisher.push({ zone: "large.example.", serial: 1, more: longText(5, 400_000) });
    await until(async () => (await before.report())?.recent.length === 1);
    before.kill();
    at.store.lose();
    at.store.delay = async () => {};
    const pop = at.pop();
    let ready = false;
    const restarted = pop.start().then(() => (ready = true));
    await until(() => pop.serial("a.example.") === 1 && pop.events("store.lost").length > 0);
    expect(ready).toBe(false);
    at.store.back();
    await restarted;
    expect(pop.serial("large.example.")).toBe(1);
  });

  test("an empty store is ready at once", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    expect(pop.follower.view).toMatchObject({ zones: 0, synced: true, connection: "connected" });
  });

  test("a text that is being fetched is fetched when the store is back", async () => {
    await using at = setUp();
    const pop = at.pop();
    await pop.start();
    let fail = () => {};
    at.store.delay = () => new Promise((resolve) => (fail = resolve));
    await at.publisher.push({ zone: "large.example.", serial: 1, more: longText(5, 400_000) });
    await until(() => at.store.asked.length > 0);
    at.store.lose();
    at.store.delay = async () => {};
    fail();
    await until(() => pop.follower.view.connection === "lost");
    expect(pop.follower.view).toMatchObject({ why: "the store can't be reached", working: 1, refusals: 0 });
    at.store.back();
    await until(() => pop.serial("large.example.") === 1);
    expect(pop.follower.view).toMatchObject({ connection: "connected", refusals: 0 });
  });
});
