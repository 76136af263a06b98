/** A zone of a million names is loaded again while queries flow: how many are lost, and how long do the others wait? */

import { createSocket } from "node:dgram";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { encode } from "dns-packet";
import type { Run } from "./bench.ts";
import { type Generator, type Load, RATE } from "./generator.ts";
import { drops } from "./procfs.ts";
import { writeQueries } from "./queryfile.ts";
import { freePort, serve } from "./server.ts";
import { eachTransport } from "./transports.ts";
import { queriesOf, workload } from "./workloads.ts";
import { ORIGIN, zoneSet } from "./zones.ts";

const SECONDS = 8;
const WARM_SECONDS = 3;
/** Into the load, the new file takes the place of the old one. */
const SWAP_MS = 1000;
const VERSION = `version.${ORIGIN}`;
const HEAD = ["", "sent", "lost", "dropped", "wrong", "p50 µs", "p99 µs", "p99.9 µs", "max µs", "new version after s"];

interface Target {
  readonly generator: Generator;
  readonly queries: string;
  readonly port: number;
}

/** Runs the reload bench for each of our transports and prints its tables. */
export async function benchReload({ place, generator, options }: Run): Promise<void> {
  if (!generator) return;
  const folder = place.folder();
  const zone = { name: ORIGIN, file: join(folder, `${ORIGIN}.zone`), signed: undefined };
  const queries = join(folder, "queries");
  writeQueries(queries, queriesOf(workload("million")));
  const text = zoneSet("million").text();
  const title = `1M names reloaded under ${RATE} queries a second, 1 worker`;
  await eachTransport(options, title, async (contender) => {
    writeFileSync(zone.file, version(text, 1));
    const task = { folder: place.folder(), port: await freePort(), zones: [zone], workers: 1 };
    const { running, port } = await serve(place, contender, task, [VERSION]);
    const rows = await reloads({ generator, queries, port }, zone.file, text, options.rounds);
    await running.stop();
    return rows;
  });
}

async function reloads(target: Target, file: string, text: string, times: number): Promise<string[][]> {
  await load(target, WARM_SECONDS);
  const rows = [HEAD, ["no reload", ...(await load(target, SECONDS)), "–"]];
  for (let reload = 1; reload <= times; reload++) {
    writeFileSync(`${file}.new`, version(text, 1 + reload));
    const seen = swap(`${file}.new`, file, target.port, 1 + reload);
    rows.push([`reload ${reload}`, ...(await load(target, SECONDS)), await seen]);
  }
  return rows;
}

/** The zone with an address that tells its version. */
function version(text: string, number: number): string {
  return `${text}version A 192.0.2.${number}\n`;
}

async function load({ generator, queries, port }: Target, seconds: number): Promise<string[]> {
  const before = drops(port);
  const seen = await generator.load("steady", queries, port, seconds, { gentle: true });
  return [...counts(seen, drops(port) - before), ...latencies(seen)];
}

function counts({ sent, lost, wrong }: Load, dropped: number): string[] {
  return [sent, lost, dropped, wrong].map(String);
}

function latencies({ p50_us, p99_us, p999_us, max_us }: Load): string[] {
  return [p50_us, p99_us, p999_us, max_us].map((value) => value.toFixed(0));
}

/** Puts the new file in place after a while; the seconds until its version is answered. */
async function swap(from: string, to: string, port: number, wanted: number): Promise<string> {
  await wait(SWAP_MS);
  renameSync(from, to);
  const swapped = performance.now();
  const seconds = () => (performance.now() - swapped) / 1000;
  const socket = createSocket("udp4");
  const query = encode({ type: "query", id: 1, questions: [{ type: "A", name: VERSION }] });
  let seen = 0;
  socket.on("message", (reply) => {
    seen = reply[reply.length - 1];
  });
  while (seen !== wanted && seconds() < SECONDS) {
    socket.send(query, port, "127.0.0.1");
    await wait(20);
  }
  socket.close();
  return seen === wanted ? seconds().toFixed(2) : "not seen";
}
