/** Reports of all POPs stand in one order, which everybody who watches sees. */

import { describe, expect, test } from "vitest";
import type { ReportEvent, Store } from "../../../../src/sync/store/store.ts";
import type { EngineTraits, MakeEngine } from "../storeengine.ts";
import { Collected } from "./collected.ts";
import { textOf, trial } from "./trial.ts";

export function reportOrderContract(makeEngine: MakeEngine, { backup, server }: EngineTraits): void {
  describe("the order of reports", () => {
    test(
      "each report stands one above the one before it, whoever reads",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const watched = watch(await open());
        await watched.until("synced", () => watched.says.includes("synced"));
        for (let i = 0; i < 12; i++) {
          await put(store, `pop${i % 3}`, `${i}`);
          await watched.until(`report ${i}`, () => lines(watched).includes(`${i}`));
        }
        const orders = watched.of("report").map(({ report }) => report.order);
        expect(orders).toEqual(orders.map((_, i) => orders[0] + i));
        const listed = (await (await open()).reports()).map(({ order }) => order);
        expect([...listed].sort((a = 0, b = 0) => a - b)).toEqual(orders.slice(-3));
        await watched.stop();
      }),
    );

    test(
      "it begins with the last one of each POP, in order, and says when these are through",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        for (const [pop, text] of [
          ["b", "b1"],
          ["a", "a1"],
          ["b", "b2"],
          ["c", "c1"],
          ["a", "a2"],
        ]) {
          await put(store, pop, text);
        }
        const watched = watch(await open());
        await watched.until("synced", () => watched.says.includes("synced"));
        expect(watched.says).toEqual(["report", "report", "report", "synced"]);
        expect(lines(watched)).toEqual(["b2", "c1", "a2"]);
        await watched.stop();
      }),
    );

    test(
      "a store without reports says that it is through, too",
      trial(makeEngine, async ({ open }) => {
        const watched = watch(await open());
        await watched.until("synced", () => watched.says.includes("synced"));
        expect(watched.says).toEqual(["synced"]);
        await watched.stop();
      }),
    );

    test(
      "POPs that report at the same time: all who watch see the same order, which rises",
      trial(makeEngine, async ({ open }) => {
        const watched = [watch(await open()), watch(await open())];
        const pops = Array.from({ length: 4 }, (_, i) => `pop${i}`);
        await Promise.all(
          pops.map(async (pop) => {
            const store = await open();
            for (let i = 1; i <= 15; i++) await put(store, pop, `${pop} ${i}`);
          }),
        );
        const seen = new Map<number, string>();
        for (const one of watched) {
          await one.until("the last ones", () => pops.every((pop) => lines(one).includes(`${pop} 15`)));
          const told = one.of("report").map(({ report }) => report);
          expect(told.every(({ order }, i) => i === 0 || order > told[i - 1].order)).toBe(true);
          for (const { order, octets } of told) {
            const text = textOf(octets) ?? "";
            expect(seen.get(order) ?? text).toBe(text);
            seen.set(order, text);
          }
          await one.stop();
        }
      }),
    );

    test(
      "a store that is made anew is told of, and orders begin anew",
      trial(makeEngine, async ({ engine, open }) => {
        const before = await open();
        for (const text of ["1", "2", "3"]) await put(before, "fra1", text);
        const watched = watch(await open({ patience: "pop" }));
        await watched.until("synced", () => watched.says.includes("synced"));
        await before.close();
        await engine.renew();
        await put(await open(), "fra1", "new");
        await watched.until("the new one", () => lines(watched).includes("new"));
        await watched.until("synced again", () => watched.says.at(-1) === "synced");
        const reset = watched.says.indexOf("reset");
        expect(watched.says.slice(reset + 1).filter((say) => say === "report")).toHaveLength(1);
        expect(watched.of("report").at(-1)?.report.order).toBeLessThanOrEqual(2);
        await watched.stop();
      }),
    );

    test(
      "heads: each report is told with its head, in the same order, and what one puts oneself comes back at once",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const mine = await open();
        for (const pop of ["a", "b"]) await store.report({ pop, octets: Buffer.from(`${pop}0 rest`), head: 2 });
        const watched = new Collected((signal) => mine.watchReports(signal, "heads"));
        const whole = watch(await open());
        await watched.until("synced", () => watched.says.includes("synced"));
        const heads = () => lines(watched).map((line) => line?.slice(0, 2));
        for (let i = 1; i < 30; i++) await store.report({ pop: "b", octets: Buffer.from(`b${i % 10} rest`), head: 2 });
        await mine.report({ pop: "a", octets: Buffer.from("ax rest"), head: 2 });
        await watched.until("one's own", () => heads().at(-1) === "ax");
        await whole.until("all", () => lines(whole).at(-1) === "ax rest");
        const orders = watched.of("report").map(({ report }) => report.order);
        expect(orders.every((order, i) => i === 0 || order > orders[i - 1])).toBe(true);
        const seen = new Map(
          whole.of("report").map(({ report }) => [report.order, textOf(report.octets)?.slice(0, 2)]),
        );
        for (const { report } of watched.of("report")) {
          expect(seen.get(report.order) ?? textOf(report.octets)?.slice(0, 2)).toBe(textOf(report.octets)?.slice(0, 2));
        }
        expect(watched.of("report").at(-1)?.behind).toBe(false);
        await watched.stop();
        await whole.stop();
      }),
    );

    if (backup) {
      test(
        "an older copy of the store is told of, with the reports that it has",
        trial(makeEngine, async ({ engine, open }) => {
          const before = await open();
          await put(before, "fra1", "old");
          const restore = await engine.backup?.();
          for (const text of ["1", "2", "3"]) await put(before, "fra1", text);
          const watched = watch(await open({ patience: "pop" }));
          await watched.until("the last", () => lines(watched).includes("3"));
          await before.close();
          await restore?.();
          await watched.until("the old one", () => lines(watched).at(-1) === "old");
          expect(watched.says).toContain("reset");
          await watched.stop();
        }),
      );
    }

    if (!server) return;

    test(
      "a server that is killed and comes back: it is said, and the order goes on",
      trial(makeEngine, async ({ engine, open }) => {
        const store = await open({ patience: "pop" });
        await put(store, "fra1", "1");
        const watched = watch(await open({ patience: "pop" }));
        await watched.until("synced", () => watched.says.includes("synced"));
        await engine.kill?.();
        await put(await open(), "fra1", "2");
        await watched.until("what came then", () => lines(watched).includes("2"));
        expect(watched.says).toContain("lost");
        expect(watched.says).not.toContain("reset");
        const orders = watched.of("report").map(({ report }) => report.order);
        expect(orders.every((order, i) => i === 0 || order > orders[i - 1])).toBe(true);
        await watched.stop();
      }),
    );
  });
}

function watch(store: Store): Collected<ReportEvent> {
  return new Collected((signal) => store.watchReports(signal));
}

function put(store: Store, pop: string, text: string): Promise<void> {
  return store.report({ pop, octets: Buffer.from(text) });
}

function lines(watched: Collected<ReportEvent>): (string | undefined)[] {
  return watched.of("report").map(({ report }) => textOf(report.octets));
}
