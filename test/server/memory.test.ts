/** A zone that is loaded again and again takes the memory of a few versions, not of all. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { until } from "../transport/stream.ts";
import { directoryWith, serving } from "./program.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 120_000 });

const RELOADS = 16;
/** Octets of text in the zone; its image takes about as much. */
const TEXT = 24 << 20;

const filler = Array.from({ length: TEXT / 256 }, (_, i) => `f${i} TXT "${"x".repeat(235)}"\n`).join("");

test.skipIf(process.platform !== "linux")(`${RELOADS} versions of 25 MB`, async () => {
  const zones = directoryWith({ "large.example.zone": zoneText(1) + filler });
  const server = await serving(zones);
  const file = join(zones, "large.example.zone");
  const resident = () => {
    const status = readFileSync(`/proc/${server.child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  };
  const reload = async (version: number) => {
    writeFileSync(`${file}.new`, zoneText(version) + filler);
    renameSync(`${file}.new`, file);
    await until(async () => (await server.ask("www.large.example")) === `v${version}`, `version ${version}`);
  };
  for (let version = 2; version < 6; version++) await reload(version);
  const before = resident();
  for (let version = 6; version < 6 + RELOADS; version++) await reload(version);
  // All of them would be 400 MB more.
  await until(() => resident() < before + 150, `no more than 150 MB over ${before} MB`);
  expect(server.log("thread.died")).toEqual([]);
});
