/** Swaps in NATS: one zone, several all or nothing, and what is left when the one who swaps dies between two steps. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openNats, storeOver } from "../../../src/sync/store/nats.ts";
import { natsPlace } from "../../../src/sync/store/natsaccess.ts";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import { sequencesOf, sequencesText } from "../../../src/sync/store/natsintent.ts";
import { type Answer, Link } from "../../../src/sync/store/natslink.ts";
import { SLACK } from "../../../src/sync/store/natssubjects.ts";
import { Conflict, type Store, StoreError } from "../../../src/sync/store/store.ts";
import { eventually, Fixture, gathered, PLAN, put, textOf, verb } from "./natsfixture.ts";
import { hasNats, NatsServer, testNats } from "./natsserver.ts";

let server: NatsServer;
let store: Store;

beforeAll(async () => {
  if (!hasNats()) return;
  server = await NatsServer.start();
  await initNats(server.url, verb(), PLAN);
  store = await openNats(server.url, verb());
});

afterAll(async () => {
  await store?.close();
  await server?.remove();
});

/** Somebody who dies after so many messages to the stream of zones; the last one is stored, but not answered, if so wanted. */
class DyingLink extends Link {
  #left: number;
  readonly #unanswered: boolean;

  constructor(url: string, left: number, unanswered: boolean) {
    super(natsPlace(url, verb()));
    this.#left = left;
    this.#unanswered = unanswered;
  }

  override get isUp(): boolean {
    return this.#left > 0;
  }

  override async request(...request: Parameters<Link["request"]>): Promise<Answer> {
    if (this.#left <= 0) throw new StoreError("broken", "it is dead");
    if (!request[0].startsWith("$KV.zones.")) return super.request(...request);
    this.#left--;
    const answer = await super.request(...request);
    if (this.#left <= 0 && this.#unanswered) throw new StoreError("broken", "it is dead");
    return answer;
  }
}

/** Swaps, and dies on the way. */
async function dyingSwap(after: number, unanswered: boolean, changes: Parameters<Store["swap"]>[0]): Promise<void> {
  const link = new DyingLink(server.url, after, unanswered);
  await expect(storeOver(link).swap(changes)).rejects.toThrow("it is dead");
  await link.close();
}

/** Two zones of a test's own with a first manifest each, and their revisions. */
async function zonesOf(name: string): Promise<{ a: string; b: string; atA: number; atB: number }> {
  const [a, b] = [`a.${name}.`, `b.${name}.`];
  const [atA] = await store.swap([put(a, "a1", 0)]);
  const [atB] = await store.swap([put(b, "b1", 0)]);
  return { a, b, atA, atB };
}

describe("one zone", () => {
  testNats("is made, changed and kept", async () => {
    const [one] = await store.swap([put("one.", "first", 0)]);
    const [two] = await store.swap([put("one.", "second", one)]);
    expect(two).toBeGreaterThan(one);
    expect(await textOf(store, "one.")).toBe("second");
    const history = await store.history("one.");
    expect(history.map(({ revision }) => revision)).toEqual([two, one]);
  });

  testNats("a message that was stored without an answer is not taken for somebody else's", async () => {
    // The link sees a time-out, as with a connection that broke just then, and sends it once more.
    class ForgetfulLink extends Link {
      #forgets = 1;
      override async request(...request: Parameters<Link["request"]>): Promise<Answer> {
        const answer = await super.request(...request);
        if (request[0].startsWith("$KV.zones.") && this.#forgets-- > 0)
          throw new StoreError("lost", "no answer in time");
        return answer;
      }
    }
    const link = new ForgetfulLink(natsPlace(server.url, verb()));
    const [revision] = await storeOver(link).swap([put("unanswered.", "once", 0)]);
    await link.close();
    const history = await store.history("unanswered.");
    expect(history.map((entry) => entry.revision)).toEqual([revision]);
  });

  testNats("of a thousand races each has one winner, and no update is lost", async () => {
    const other = await openNats(server.url, verb());
    let [revision] = await store.swap([put("race.", "0", 0)]);
    let wins = 0;
    for (let round = 1; round <= 1000; round++) {
      const swaps = [store, other].map((one, i) => one.swap([put("race.", `${round}/${i}`, revision)]));
      const ends = await Promise.allSettled(swaps);
      const won = ends.filter((end) => end.status === "fulfilled");
      const lost = ends.filter((end) => end.status === "rejected");
      expect(won).toHaveLength(1);
      expect(lost[0].reason).toBeInstanceOf(Conflict);
      [revision] = won[0].value;
      wins++;
    }
    expect(wins).toBe(1000);
    expect((await store.head("race."))?.revision).toBe(revision);
    await other.close();
  });
});

describe("several zones", () => {
  testNats("change together, each with a revision of its own, and can be changed alone after that", async () => {
    const { a, b, atA, atB } = await zonesOf("together");
    const [nextB, nextA] = await store.swap([put(b, "b2", atB), put(a, "a2", atA)]);
    expect(nextB).not.toBe(nextA);
    expect(await store.head(a)).toMatchObject({ zone: a, revision: nextA });
    expect([await textOf(store, a), await textOf(store, b)]).toEqual(["a2", "b2"]);
    await store.swap([put(a, "a3", nextA)]);
    // Also by one who has not met the zone before.
    const other = await openNats(server.url, verb());
    await other.swap([put(b, "b3", nextB)]);
    await other.close();
    expect([await textOf(store, a), await textOf(store, b)]).toEqual(["a3", "b3"]);
  });

  testNats("none changes when one is not as expected, and the conflict names that one", async () => {
    const { a, b, atA, atB } = await zonesOf("allornone");
    await store.swap([put(b, "b2", atB)]);
    const swap = store.swap([put(a, "a3", atA), put(b, "b3", atB), put("new.allornone.", "n", 0)]);
    await expect(swap).rejects.toMatchObject({ name: "Conflict", zones: [b] });
    expect([await textOf(store, a), await textOf(store, b)]).toEqual(["a1", "b2"]);
    expect(await store.head("new.allornone.")).toBeUndefined();
  });

  testNats("of two at once over the same zones one wins, and both zones are the winner's", async () => {
    const { a, b, atA, atB } = await zonesOf("pair");
    const revisions = { [a]: atA, [b]: atB };
    for (let round = 0; round < 30; round++) {
      const orders = [
        [a, b],
        [b, a],
      ];
      const ends = await Promise.allSettled(
        orders.map((zones, i) => store.swap(zones.map((zone) => put(zone, `${round}/${i}`, revisions[zone])))),
      );
      const won = ends.findIndex((end) => end.status === "fulfilled");
      expect(ends.filter((end) => end.status === "fulfilled")).toHaveLength(1);
      expect([await textOf(store, a), await textOf(store, b)]).toEqual([`${round}/${won}`, `${round}/${won}`]);
      for (const zone of [a, b]) revisions[zone] = (await store.head(zone))?.revision ?? 0;
    }
  });

  testNats("the same zone twice is a conflict with oneself", async () => {
    await expect(store.swap([put("twice.", "1", 0), put("twice.", "2", 0)])).rejects.toMatchObject({
      zones: ["twice."],
    });
  });
});

/** What everybody sees of two zones. */
async function seen(a: string, b: string): Promise<object> {
  const heads = (await gathered(store.heads())).flat().filter(({ zone }) => zone === a || zone === b);
  return {
    texts: [await textOf(store, a), await textOf(store, b)],
    revisions: [(await store.head(a))?.revision, (await store.head(b))?.revision],
    heads: Object.fromEntries(heads.map(({ zone, revision }) => [zone, revision])),
    history: (await store.history(a)).length,
  };
}

describe("the one who swaps two zones dies", () => {
  const steps = [
    ["before anything was written", 0, false],
    ["when the first intent is written, and not known to be", 1, true],
    ["after the first intent", 1, false],
    ["when both intents are written, and the second is not known to be", 2, true],
    ["after both intents", 2, false],
  ] as const;

  for (const [i, [when, after, unanswered]] of steps.entries()) {
    testNats(`${when}: nothing has changed, also for who reads all anew, and who comes next succeeds`, () =>
      Fixture.run(async (fixture) => {
        const { a, b, atA, atB } = await zonesOf(`dies${i}`);
        const live = fixture.watch(store);
        await live.until(({ said }) => said.includes("synced"));
        const before = await seen(a, b);
        await dyingSwap(after, unanswered, [put(a, "never", atA), put(b, "never", atB)]);

        expect(await seen(a, b)).toEqual(before);
        const fresh = fixture.watch(store);
        await fresh.until(({ said }) => said.includes("synced"));
        expect(fresh.heads).toMatchObject({ [a]: "a1", [b]: "b1" });

        // Each alone, b first: only what stands in its way is decided.
        const [next] = await store.swap([put(b, "b2", atB)]);
        await store.swap([put(a, "a2", atA)]);
        await live.until(({ heads }) => heads[a] === "a2" && heads[b] === "b2");
        await fresh.until(({ heads }) => heads[a] === "a2" && heads[b] === "b2");
        expect(next).toBeGreaterThan(atB);
        const told = [...live.entries(), ...fresh.entries()].map(({ octets }) => Buffer.from(octets).toString());
        expect(told).not.toContain("never");
      }),
    );
  }

  testNats("when the decision is written, and not known to be: all has changed", () =>
    Fixture.run(async (fixture) => {
      const { a, b, atA, atB } = await zonesOf("decided");
      const live = fixture.watch(store);
      await live.until(({ said }) => said.includes("synced"));
      await dyingSwap(3, true, [put(a, "a2", atA), put(b, "b2", atB)]);
      await live.until(({ heads }) => heads[a] === "a2" && heads[b] === "b2");
      expect([await textOf(store, a), await textOf(store, b)]).toEqual(["a2", "b2"]);
      await expect(store.swap([put(a, "a3", atA)])).rejects.toBeInstanceOf(Conflict);
    }),
  );

  testNats("between new zones: they do not exist, and can be made", async () => {
    await dyingSwap(2, false, [put("x.unborn.", "x", 0), put("y.unborn.", "y", 0)]);
    expect(await store.head("x.unborn.")).toBeUndefined();
    expect((await gathered(store.heads())).flat().map(({ zone }) => zone)).not.toContain("x.unborn.");
    expect(await store.history("y.unborn.")).toEqual([]);
    await store.swap([put("x.unborn.", "x2", 0), put("y.unborn.", "y2", 0)]);
    expect(await textOf(store, "y.unborn.")).toBe("y2");
  });

  testNats("who comes next waits a moment: a swap that is alive is not ended by another", async () => {
    const { a, b, atA, atB } = await zonesOf("slow");
    // Slow between its intents and its decision.
    class SlowLink extends Link {
      override async request(...request: Parameters<Link["request"]>): Promise<Answer> {
        if (request[0].startsWith("$KV.zones.=txn.")) await new Promise((resolve) => setTimeout(resolve, 300));
        return super.request(...request);
      }
    }
    const link = new SlowLink(natsPlace(server.url, verb()));
    const slow = storeOver(link).swap([put(a, "slow", atA), put(b, "slow", atB)]);
    await eventually(async () =>
      (await gathered(store.manifests())).some(({ octets }) => Buffer.from(octets).toString() === "slow"),
    );
    await expect(store.swap([put(a, "quick", atA)])).rejects.toBeInstanceOf(Conflict);
    await slow;
    expect([await textOf(store, a), await textOf(store, b)]).toEqual(["slow", "slow"]);
    await link.close();
  });
});

describe("what came to nothing", () => {
  testNats("does not push the head out, however often it happens", async () => {
    const { a, b, atB } = await zonesOf("crowd");
    await store.swap([put(b, "b2", atB)]);
    // Each leaves an intent on a: the first zone is written before the second one's conflict shows.
    for (let i = 0; i < PLAN.history + SLACK + 5; i++) {
      const head = (await store.head(a))?.revision ?? 0;
      const swap = store.swap([put(a, "never", head), put(b, "never", atB)]);
      await expect(swap).rejects.toMatchObject({ name: "Conflict" });
    }
    expect(await textOf(store, a)).toBe("a1");
    expect(await textOf(store, b)).toBe("b2");
    const [newest] = await store.history(a);
    expect(Buffer.from(newest.octets).toString()).toBe("a1");
  });

  testNats("leaves the history as long as it was to be", async () => {
    let revision = 0;
    for (let i = 0; i < PLAN.history + 5; i++) [revision] = await store.swap([put("long.", String(i), revision)]);
    expect((await store.history("long.")).map(({ octets }) => Buffer.from(octets).toString())).toEqual(
      Array.from({ length: PLAN.history }, (_, i) => String(PLAN.history + 4 - i)),
    );
  });
});

test("sequences are written in runs, and read back", () => {
  expect(sequencesText([7, 5, 6, 9])).toBe("5-7,9");
  for (const list of [[], [1], [1, 2], [1, 3], [10, 11, 12, 20, 30, 31]]) {
    expect(sequencesOf(Buffer.from(sequencesText(list)))).toEqual(list);
  }
});
