/** Each way to read UDP, in the real program: said in the log and in status, and the same to those who ask. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { hasNode24 } from "../support/need.ts";
import { framed } from "../transport/queries.ts";
import { connected, until } from "../transport/stream.ts";
import { keepAsking } from "./asking.ts";
import { directoryWith, serving } from "./program.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

const linux64 = process.platform === "linux" && process.arch.endsWith("64");
/** Milliseconds of processor time in a second that are worth the name. */
const IDLE_MS = 100;

interface Facts {
  readonly transport: string;
  readonly why: string;
  readonly workers: number;
}

describe.skipIf(!linux64 || !hasNode24()).each([
  ["auto", "batch", "recvmmsg and sendmmsg are here"],
  ["batch", "batch", "recvmmsg and sendmmsg are here"],
  ["dgram", "dgram", "the configuration says so"],
])("--transport %s", (asked, transport, why) => {
  test("is said with its reason, once", async () => {
    const zones = directoryWith({ "a.example.zone": zoneText(1) });
    const server = await serving(zones, ["--transport", asked]);
    await until(() => server.log("ready").length > 0, "the log of the start");
    expect(server.log("transport") as unknown as Facts[]).toMatchObject([{ transport, why }]);
    const { threads } = await server.status();
    expect(threads.filter(({ kind }) => kind === "udp").length).toBeGreaterThan(0);
    for (const thread of threads.filter(({ kind }) => kind === "udp")) {
      expect(thread).toMatchObject({ state: "serving", transport, why, restarts: 0 });
    }
    await server.stop();
  });

  test("takes new zones without losing a query, and one socket never sees an older version after a newer one", async () => {
    const zones = directoryWith({ "a.example.zone": zoneText(1) });
    const server = await serving(zones, ["--transport", asked]);
    const asking = keepAsking(server.port, "www.a.example", 500);
    for (let version = 2; version <= 6; version++) {
      writeFileSync(join(zones, "a.example.zone.new"), zoneText(version));
      renameSync(join(zones, "a.example.zone.new"), join(zones, "a.example.zone"));
      await until(async () => (await server.ask("www.a.example")) === `v${version}`, `version ${version}`);
    }
    const seen = await asking.stop();
    expect(seen.filter((outcome) => !/^v[1-6]$/.test(String(outcome)))).toEqual([]);
    expect(seen).toEqual([...seen].sort());
    await server.stop();
  });

  test("counts what it takes and answers", async () => {
    const zones = directoryWith({ "a.example.zone": zoneText(1) });
    const server = await serving(zones, ["--transport", asked]);
    const before = (await server.status()).counts;
    for (let i = 0; i < 7; i++) await server.ask("www.a.example");
    for (let i = 0; i < 5; i++) await server.ask("nowhere.a.example");
    const { counts } = await server.status();
    expect(counts.queries.udp4 - before.queries.udp4).toBe(12);
    expect(counts.types.TXT - (before.types.TXT ?? 0)).toBe(12);
    expect(counts.rcodes.NXDOMAIN).toBe(5);
    expect(counts.edns - before.edns).toBe(12);
    await server.stop();
  });
});

test.skipIf(!hasNode24())("queries over TCP are counted apart, the server's own included", async () => {
  const server = await serving(directoryWith({ "a.example.zone": zoneText(1) }));
  const before = (await server.status()).counts.queries;
  // A server asks itself for its identity before it says that it is ready.
  expect([before.udp4 > 0, before.tcp4 > 0]).toEqual([true, true]);
  const { socket } = await connected(server.port);
  socket.write(Buffer.concat([framed(1), framed(2)]));
  await until(async () => (await server.status()).counts.queries.tcp4 === before.tcp4 + 2, "the count");
  socket.destroy();
  await server.stop();
});

test.skipIf(!linux64 || !hasNode24())("a server that nobody asks takes no processor time worth the name", async () => {
  const server = await serving(directoryWith({ "a.example.zone": zoneText(1) }));
  // The compile thread is ended by then.
  await sleep(3000);
  const before = cpuMs(server.child.pid as number);
  await sleep(1000);
  expect(cpuMs(server.child.pid as number) - before).toBeLessThan(IDLE_MS);
  await server.stop();
});

/** Processor time that a process has taken so far. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  // In ticks of a hundredth of a second: user and system.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
