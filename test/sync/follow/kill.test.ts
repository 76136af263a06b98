/** A POP that is killed again and again while its store in SQLite is written to: real processes, real files. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { Copy } from "../../../src/sync/follow/copy.ts";
import { readReport } from "../../../src/sync/report.ts";
import { initSqlite, openSqlite } from "../../../src/sync/store/sqlite.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { scratch, until } from "./pop.ts";
import { longText, Publisher } from "./publisher.ts";

const ZONES = ["a.example.", "b.example.", "large.example."];
const LARGE = longText(4, 150_000);

/** What a process says it serves. */
class Life {
  readonly child: ChildProcess;
  /** Serials in the order in which they were served. */
  readonly served = new Map<string, number[]>();
  ready = false;

  constructor(store: string, directory: string, key: string) {
    const script = join(import.meta.dirname, "killchild.ts");
    this.child = spawn(process.execPath, [script, store, directory, key], { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.#hear(JSON.parse(line)));
  }

  #hear(line: { zone?: string; serial?: number; ready?: boolean }): void {
    if (line.zone !== undefined) this.served.set(line.zone, [...(this.served.get(line.zone) ?? []), line.serial ?? -1]);
    if (line.ready) this.ready = true;
  }

  serial(zone: string): number | undefined {
    return this.served.get(zone)?.at(-1);
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "close");
    this.child.kill("SIGKILL");
    await ended;
  }
}

/** The version of each zone that is on disk. */
function keptIn(directory: string): ReadonlyMap<string, number> {
  const copy = new Copy(directory);
  try {
    return new Map([...copy.zones()].flat().map(({ zone, body }) => [zone, body?.version ?? 0]));
  } finally {
    copy.close();
  }
}

async function reportOf(store: Store) {
  const [report] = await store.reports();
  return report && readReport(report.octets);
}

test("nothing that was reported is lost, nothing goes backwards, and the last version is served", {
  timeout: 60_000,
}, async () => {
  using folder = scratch();
  const file = join(folder.path, "store.db");
  await initSqlite(file, { history: 10, trust: [], replicas: 1 });
  const access = {
    credentials: undefined,
    tls: { ca: undefined, cert: undefined, key: undefined },
    pop: undefined,
  } as const;
  const store = await openSqlite(file, { ...access, patience: "verb" });
  const publisher = new Publisher(store);
  const state = join(folder.path, "state");
  const begin = () => new Life(file, state, publisher.signer.publicKey);
  let life = begin();
  try {
    let serial = 0;
    const push = async (zones: readonly string[]) => {
      serial++;
      const more = (zone: string) => (zone.startsWith("large") ? LARGE : "");
      await publisher.pushAll(zones.map((zone) => ({ zone, serial, more: more(zone) })));
    };
    for (let round = 0; round < 8; round++) {
      for (let i = 0; i < 12; i++) await push(i % 4 === 3 ? ZONES : [ZONES[i % 2]]);
      // Killed in the middle of it, at another place each time.
      await until(() => (life.serial("a.example.") ?? 0) >= serial - (round % 4) * 2, "some are served");
      const reported = await reportOf(store);
      await life.kill();
      const kept = keptIn(state);
      for (const { zone, version } of reported?.recent ?? []) {
        expect(kept.get(zone), `${zone} after round ${round}`).toBeGreaterThanOrEqual(version);
      }
      for (const [zone, all] of life.served) expect(all, zone).toEqual(all.toSorted((a, b) => a - b));
      life = begin();
    }
    await push(ZONES);
    await until(() => life.ready && ZONES.every((zone) => life.serial(zone) === serial), "the last version");
    const last = (await store.head(ZONES[2]))!.revision;
    await until(async () => (await reportOf(store))?.position === last, "the last position");
    expect(await reportOf(store)).toMatchObject({ refusals: 0, zones: 3 });
  } finally {
    await life.kill();
    await store.close();
  }
});
