/** A whole POP under measurement: a process of its own that follows the store. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort, lastWords, NotServing } from "./server.ts";
import { SerialAsker } from "./syncask.ts";
import type { Central } from "./syncstore.ts";
import type { Running, Workplace } from "./workplace.ts";

const ASK_EVERY_MS = 50;

export interface PopStatus {
  readonly ready: boolean;
  readonly zones: readonly { readonly zone: string; readonly state: string; readonly from?: string }[];
}

export interface SyncPop {
  readonly name: string;
  readonly port: number;
  readonly running: Running;
  readonly asker: SerialAsker;
  /** Resolves with performance.now() once it is ready with so many zones; rejects with NotServing. */
  untilReady(zones: number, patience: number): Promise<number>;
  /** Ends it; its state stays. */
  stop(): Promise<void>;
  /** Starts it again, with its state. */
  again(): SyncPop;
}

/** Starts a POP with nothing on disk. */
export async function startPop(place: Workplace, central: Central, name: string): Promise<SyncPop> {
  const folder = place.folder();
  const [port, admin] = [await freePort(), await freePort()];
  const file = join(folder, "pop.yaml");
  const state = join(folder, "state");
  const own = `pop: ${name}\nlisten: [127.0.0.1@${port}]\nadmin: 127.0.0.1@${admin}\nstate: ${state}\nzones: []\n`;
  writeFileSync(file, `${own}log: {format: json}\n${central.section}`);
  const launch = (): SyncPop => {
    const running = place.start([process.execPath, "src/zonecast.js", "serve", "--config", file]);
    const asker = new SerialAsker(port);
    return {
      ...{ name, port, running, asker, again: launch },
      untilReady: (zones, patience) => untilReady(running, admin, zones, patience),
      stop: async () => {
        asker.close();
        await running.stop();
      },
    };
  };
  return launch();
}

/** Several POPs, ready; with no zone in the store yet they only answer. */
export async function startPops(place: Workplace, central: Central, count: number): Promise<SyncPop[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => startPop(place, central, `pop${i + 1}`)));
}

async function untilReady(running: Running, admin: number, zones: number, patience: number): Promise<number> {
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    if (running.ended() !== undefined) throw new NotServing(lastWords(running));
    const status = await statusOf(admin);
    const now = performance.now();
    const served = status?.zones.filter(({ state }) => state === "serving").length ?? 0;
    if (status?.ready && served >= zones) return now;
    await wait(ASK_EVERY_MS);
  }
  throw new NotServing(`not ready with ${zones} zones after ${patience / 1000} s`);
}

async function statusOf(admin: number): Promise<PopStatus | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${admin}/status`);
    return (await answer.json()) as PopStatus;
  } catch {
    // Not yet.
    return undefined;
  }
}
