/** Who has missed tens of thousands of messages is told of the heads, and not of all that was between. */

import { describe, expect, vi } from "vitest";
import { storeOver } from "../../../src/sync/store/nats.ts";
import { natsPlace } from "../../../src/sync/store/natsaccess.ts";
import { Link } from "../../../src/sync/store/natslink.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { Fixture, pop, put } from "./natsfixture.ts";
import { testNats } from "./natsserver.ts";

vi.setConfig({ testTimeout: 60_000 });

const ZONES = Array.from({ length: 500 }, (_, i) => `z${i}.`);
const ROUNDS = 25;

/** Pushes every zone so often; some more than 10,000 messages that are kept. */
async function pushRounds(store: Store): Promise<void> {
  let revisions: readonly number[] = ZONES.map(() => 0);
  for (let round = 1; round <= ROUNDS; round++) {
    revisions = await store.swap(ZONES.map((zone, i) => put(zone, String(round), revisions[i])));
  }
}

describe("far behind", () => {
  testNats("heads are told, without a reset and with no cursor below the one that was given", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      const [early] = await store.swap([put("early.", "1", 0)]);
      const [later] = await store.swap([put("x.", "1", 0), put("y.", "1", 0)]);
      const first = fixture.watch(store);
      await first.until(({ said }) => said.includes("synced"));
      await pushRounds(store);
      await store.swap([put("early.", "2", early)]);

      // Behind the intents of a swap, and before its decision.
      const cursor = { epoch: first.last?.epoch ?? "", position: later - 1 };
      const link = new Link(natsPlace(server.url, pop("fra1")));
      fixture.atEnd(() => link.close());
      const behind = fixture.watch(storeOver(link), cursor);
      await behind.until(({ said }) => said.includes("synced"));
      expect((await link.ready()).stats().inMsgs).toBeLessThan(3 * ZONES.length);
      expect(behind.said).not.toContain("reset");
      const heads = { "early.": "2", "x.": "1", "y.": "1" };
      expect(behind.heads).toEqual({ ...heads, ...Object.fromEntries(ZONES.map((zone) => [zone, String(ROUNDS)])) });
      const positions = behind.events.flatMap((event) => ("cursor" in event ? [event.cursor.position] : []));
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      expect(positions[0]).toBeGreaterThanOrEqual(cursor.position);
      const [revision] = await store.swap([put("then.", "1", 0)]);
      await behind.until((said) => said.heads["then."] === "1");
      expect(behind.last?.position).toBeGreaterThanOrEqual(revision);
    }),
  );
});
