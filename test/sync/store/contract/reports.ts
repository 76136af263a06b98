/** Reports of POPs, and the ledger. */

import { describe, expect, test } from "vitest";
import { LEDGER_LINES, type ReportEntry, type Store } from "../../../../src/sync/store/store.ts";
import type { MakeEngine } from "../storeengine.ts";
import { textOf, trial } from "./trial.ts";

export function reportContract(makeEngine: MakeEngine): void {
  describe("reports and ledger", () => {
    test(
      "a POP's report takes the place of its last one",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        await store.report({ pop: "fra1", octets: Buffer.from("1") });
        await store.report({ pop: "ams1", octets: Buffer.from("1") });
        await store.report({ pop: "fra1", octets: Buffer.from("2") });
        const reports = await (await open()).reports();
        const lines = reports.map(({ pop, octets }) => `${pop} ${textOf(octets)}`);
        expect(lines.sort()).toEqual(["ams1 1", "fra1 2"]);
      }),
    );

    test(
      "who watches is told what is there, then each new one, until the signal",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        await store.report({ pop: "fra1", octets: Buffer.from("1") });
        const next: Record<string, string> = { "fra1 1": "ams1 1", "ams1 1": "fra1 2", "fra1 2": "ams1 2" };
        const lines: string[] = [];
        const signal = new AbortController();
        for await (const { pop, octets } of told(await open(), signal)) {
          const line = `${pop} ${textOf(octets)}`;
          lines.push(line);
          if (line === "ams1 2") signal.abort();
          const [nextPop, text] = (next[line] ?? "").split(" ");
          if (text !== undefined) await store.report({ pop: nextPop, octets: Buffer.from(text) });
        }
        expect(lines.filter((line, i) => line !== lines[i - 1])).toEqual(["fra1 1", "ams1 1", "fra1 2", "ams1 2"]);
      }),
    );

    test(
      "reports are read to their end while POPs go on reporting, and none is left out",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const pops = Array.from({ length: 5 }, (_, i) => `pop${i}`);
        for (const pop of pops) await store.report({ pop, octets: Buffer.from("1") });
        let over = false;
        const reporting = pops.map(async (pop) => {
          for (let i = 2; !over; i++) await store.report({ pop, octets: Buffer.from(String(i)) });
        });
        const reader = await open();
        for (let i = 0; i < 100; i++) {
          expect(new Set((await reader.reports()).map(({ pop }) => pop))).toEqual(new Set(pops));
        }
        over = true;
        await Promise.all(reporting);
      }),
    );

    test(
      "a hundred POPs are each heard of",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const signal = new AbortController();
        const names: string[] = [];
        const watching = (async () => {
          for await (const { pop } of told(await open(), signal)) {
            names.push(pop);
            if (names.length === 100) signal.abort();
          }
        })();
        for (let i = 0; i < 100; i++) await store.report({ pop: `pop${i}`, octets: Buffer.from("1") });
        await watching;
        expect(new Set(names).size).toBe(100);
      }),
    );

    test(
      "names of POPs may be odd",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const pops = ["fra1.example.net", "*", ">", "a b", "=", "Ünterwegs", "FRA1", "fra1"];
        for (const pop of pops) await store.report({ pop, octets: Buffer.from(pop) });
        const reports = await store.reports();
        expect(reports.map(({ pop }) => pop).sort()).toEqual([...pops].sort());
        for (const { pop, octets } of reports) expect(textOf(octets)).toBe(pop);
      }),
    );

    test(
      `a zone's ledger keeps its last ${LEDGER_LINES} lines, the newest first`,
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        await store.record({ zone: "example.org.", octets: Buffer.from("other") });
        const count = LEDGER_LINES + 20;
        for (let i = 1; i <= count; i++) await store.record({ zone: "example.com.", octets: Buffer.from(`line ${i}`) });
        const lines = (await store.ledger("example.com.")).map(({ octets }) => textOf(octets));
        expect(lines).toEqual(Array.from({ length: LEDGER_LINES }, (_, i) => `line ${count - i}`));
        expect((await store.ledger("example.org.")).map(({ octets }) => textOf(octets))).toEqual(["other"]);
        expect(await store.ledger("example.net.")).toEqual([]);
      }),
    );
  });
}

/** The reports that a store tells of. */
async function* told(store: Store, signal: AbortController): AsyncIterable<ReportEntry> {
  for await (const event of store.watchReports(signal.signal)) if (event.say === "report") yield event.report;
}
