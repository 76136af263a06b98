/** A POP that is started again, with or without a store. */

import { describe, expect, test } from "vitest";
import { until } from "./pop.ts";
import { longText } from "./publisher.ts";
import { setUp } from "./setup.ts";

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
