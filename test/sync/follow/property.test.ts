/**
 * Whatever comes between: pushes, removals, kills, lost connections, another store. In the end every POP serves what was
 * pushed last, no id ever went backwards, and nothing was served that was never pushed.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { openManifest } from "../../../src/sync/manifest/message.ts";
import { times } from "../../fuzz/budget.ts";
import { type Held, MemoryStore } from "./memorystore.ts";
import { Pop, scratch, until } from "./pop.ts";
import { longText, Publisher } from "./publisher.ts";

const ZONES = ["a.example.", "b.example.", "large.example."];
const LARGE = longText(1, 200_000);

type Step =
  | { readonly do: "push"; readonly zones: readonly number[] }
  | { readonly do: "remove"; readonly zone: number }
  | { readonly do: "kill" | "lose" | "back" | "backup" | "replace" | "twice" | "reconcile" }
  | { readonly do: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("push" as const), zones: fc.uniqueArray(fc.nat(2), { minLength: 1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), zone: fc.nat(1) }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "kill" as const,
        "lose" as const,
        "back" as const,
        "backup" as const,
        "replace" as const,
        "twice" as const,
        "reconcile" as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(8) }) },
);

/** A fleet of two, and all that was ever pushed. */
class World {
  readonly store = new MemoryStore();
  readonly publisher = new Publisher(this.store);
  readonly folders = [scratch(), scratch()];
  readonly images = new Map<string, SharedArrayBuffer>();
  readonly pushed = new Set<string>();
  /** The last serial of each zone; undefined for one that was removed. */
  readonly last = new Map<string, number | undefined>();
  /** The highest id that was given, as a publisher learns it from the POPs' reports. */
  readonly ids = new Map<string, number>();
  pops: Pop[] = [];
  readonly killed: Pop[] = [];
  #serial = 0;
  #epochs = 0;
  #backup: Held | undefined;
  #away = false;
  readonly faults: string[] = [];

  begin(): void {
    this.pops = this.folders.map((_, i) => this.#pop(i));
  }

  #pop(i: number): Pop {
    const options = { confirm: 5, dropEvery: 1, reconcile: 60_000 };
    const pop = new Pop(this.store, this.publisher.trust, this.folders[i].path, {
      pop: `pop${i}`,
      options,
      images: this.images,
    });
    const highest = new Map<string, number>();
    pop.serving = async (swaps) => {
      // Not all at the same moment: what comes meanwhile must wait, or be dropped.
      await new Promise((resolve) => setTimeout(resolve, this.#serial % 3));
      for (const { zone, image } of swaps) {
        if (!image) continue;
        const text = Buffer.from(image).toString();
        if (!this.pushed.has(text)) this.faults.push(`${zone}: something that was never pushed`);
        const serial = Number(text.split("\n", 1)[0].split(" ")[2]);
        // Ids and serials rise together here.
        if (serial < (highest.get(zone) ?? 0)) this.faults.push(`${zone}: ${highest.get(zone)}, then ${serial}`);
        highest.set(zone, serial);
      }
    };
    void pop.start();
    return pop;
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case "push":
        return this.push(one.zones.map((i) => ZONES[i]));
      case "remove":
        return this.#remove(ZONES[one.zone]);
      case "kill": {
        const i = this.#serial % this.pops.length;
        this.killed.push(this.pops[i]);
        this.pops[i].kill();
        this.pops[i] = this.#pop(i);
        return;
      }
      case "lose":
        this.#away = true;
        this.store.lose();
        return;
      case "back":
        return this.back();
      case "backup":
        this.#backup = this.store.backup();
        return;
      case "replace":
        if (this.#backup && !this.#away) this.store.replace(this.#backup, `epoch ${++this.#epochs}`);
        return;
      case "twice": {
        if (this.#away) return;
        const heads = (await Promise.all(ZONES.map((zone) => this.store.head(zone)))).filter(
          (head) => head !== undefined,
        );
        this.store.back(heads);
        return;
      }
      case "reconcile":
        for (const pop of this.pops) void pop.follower.reconcile();
        return;
      case "wait":
        await new Promise((resolve) => setTimeout(resolve, one.ms));
    }
  }

  async back(): Promise<void> {
    this.#away = false;
    this.store.back();
  }

  async push(zones: readonly string[]): Promise<void> {
    if (this.#away) return;
    const serial = ++this.#serial;
    await this.publisher.pushAll(
      zones.map((zone) => ({ zone, serial, id: this.#nextId(zone), more: zone.startsWith("large") ? LARGE : "" })),
    );
    for (const zone of zones) {
      this.last.set(zone, serial);
      const head = (await this.store.head(zone))!;
      openManifest(zone, head.octets, this.publisher.trust);
      this.pushed.add(textOf(zone, serial));
    }
  }

  async #remove(zone: string): Promise<void> {
    if (this.#away || !(await this.store.head(zone))) return;
    await this.publisher.remove(zone, this.#nextId(zone));
    this.last.set(zone, undefined);
  }

  #nextId(zone: string): number {
    const id = (this.ids.get(zone) ?? 0) + 1;
    this.ids.set(zone, id);
    return id;
  }

  /** What each POP answers, in the end. */
  settled(): boolean {
    return this.pops.every((pop) => ZONES.every((zone) => pop.serial(zone) === this.last.get(zone)));
  }

  state(): string {
    const answers = this.pops.map((pop) => ZONES.map((zone) => pop.serial(zone)));
    return JSON.stringify([
      answers,
      ZONES.map((zone) => this.last.get(zone)),
      this.pops.map((pop) => pop.follower.view),
    ]);
  }

  async end(): Promise<void> {
    for (const pop of [...this.killed, ...this.pops]) await pop.close();
    for (const folder of this.folders) folder[Symbol.dispose]();
  }
}

function textOf(zone: string, serial: number): string {
  const soa = `${zone}\t3600\tIN\tSOA\tns.${zone} host.${zone} ${serial} 7200 3600 1209600 300\n`;
  return `${soa}${zone}\t3600\tIN\tNS\tns.${zone}\n${zone.startsWith("large") ? LARGE : ""}`;
}

test("every POP ends on the last version, and never goes backwards", { timeout: times(60_000) }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const world = new World();
      try {
        // A push is known by its text before it is made.
        for (const zone of ZONES) for (let serial = 1; serial <= 60; serial++) world.pushed.add(textOf(zone, serial));
        world.begin();
        for (const one of steps) await world.take(one);
        await world.back();
        // Whoever restored a store pushes again.
        await world.push(ZONES);
        await until(() => world.settled(), "settled").catch(() => expect.fail(world.state()));
        expect(world.faults).toEqual([]);
        // And what is on disk is the same.
        const { epoch, revision } = world.store;
        await until(() =>
          world.pops.every(
            ({ follower: { view } }) =>
              view.removals === 0 && view.cursor?.epoch === epoch && view.cursor.position === revision,
          ),
        );
        world.store.lose();
        for (const [i, pop] of world.pops.entries()) {
          world.killed.push(pop);
          pop.kill();
          const again = new Pop(world.store, world.publisher.trust, world.folders[i].path, { pop: `pop${i}` });
          world.pops[i] = again;
          await again.start();
        }
        expect(world.settled()).toBe(true);
        for (const pop of world.pops) for (const zone of pop.follower.zones()) expect(zone.refused).toBeUndefined();
      } finally {
        await world.end();
      }
    }),
    { numRuns: times(40) },
  );
});
