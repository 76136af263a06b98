/**
 * Another process that writes to a store, run by the contract. Its argument is JSON: where the store is, the access to it,
 * and the job:
 *
 *   race    raises the number in the zone, until it has won `times` times, then prints how often it won and lost
 *   rounds  puts a blob and swaps all zones to the same number, prints the number, and so on until it is killed
 */

import { hash } from "node:crypto";
import { openStore, type StoreAccess } from "../../../src/sync/store/open.ts";
import { Conflict, type Store } from "../../../src/sync/store/store.ts";

export interface Job {
  readonly where: string;
  readonly access: StoreAccess;
  readonly job: "race" | "rounds";
  readonly zones: readonly string[];
  readonly times: number;
}

const { where, access, job, zones, times } = JSON.parse(process.argv[2]) as Job;
const store = await openStore(where, access);
if (job === "race") await race(store);
else await rounds(store);
await store.close();

async function race(store: Store): Promise<void> {
  let won = 0;
  let lost = 0;
  while (won < times) {
    const head = await store.head(zones[0]);
    const number = head === undefined ? 0 : Number(Buffer.from(head.octets).toString());
    const octets = Buffer.from(String(number + 1));
    try {
      await store.swap([{ zone: zones[0], octets, expected: head?.revision ?? 0 }]);
      won++;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      lost++;
    }
  }
  process.stdout.write(`${JSON.stringify({ won, lost })}\n`);
}

async function rounds(store: Store): Promise<void> {
  let expected = zones.map(() => 0);
  for (let round = 1; ; round++) {
    const octets = Buffer.from(String(round));
    await store.putBlob(hash("sha256", octets), octets);
    const changes = zones.map((zone, i) => ({ zone, octets, expected: expected[i] }));
    expected = [...(await store.swap(changes))];
    process.stdout.write(`${round}\n`);
  }
}
