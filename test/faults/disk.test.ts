/**
 * The disk is full: state, query log and daily summaries on one small file system. Lost: lines of the log that no memory
 * could hold. With room again, all is written again.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { directoryWith, ready, start, withPorts } from "../server/program.ts";
import { StorePlace } from "../server/storeplace.ts";
import { hasNode24, have } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { lostOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const NAME = "www.a.example";
const mounting = ["-m", "sh", "-c", 'mount -t tmpfs -o size=2m none "$0" && exec "$@"'];
const canMount = spawnSync("unshare", [...mounting, "/mnt", "true"]).status === 0;
const able = have("the right to mount a small disk (unshare -m)", canMount) && hasNode24();

test.skipIf(!able)("a full disk, under load and pushes", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const small = join(directoryWith(), "small");
  mkdirSync(small);
  const yaml = `pop: test1\nstate: ${small}/state\nsummary: ${small}/days\nquerylog: { sample: 1, to: ${small}/LOG }\n`;
  const file = join(directoryWith({ "pop.yaml": yaml }), "pop.yaml");
  const port = await freePort();
  const args = ["serve", "--config", file, "--listen", `127.0.0.1@${port}`, "--store", place.where];
  const server = withPorts(start(args, {}, ["unshare", ...mounting, small]), "", port, 0);
  await ready(server);
  // The disk as the program sees it.
  const seen = join(`/proc/${server.child.pid}/root`, small);
  const load = await steady(port, NAME, 1000);
  await until(() => existsSync(join(seen, "LOG")), "the query log");
  expect(() => {
    for (let i = 0; ; i++) writeFileSync(join(seen, `filler${i}`), Buffer.alloc(4096));
  }).toThrow("ENOSPC");
  await until(() => server.log("tap.unwritable").length > 0, "the query log to be told of");
  for (const version of [2, 3]) {
    await place.push("a.example.", version);
    await until(async () => (await server.ask(NAME)) === `v${version}`, `version ${version}`);
  }
  await until(() => server.log("copy.unkept").length > 0, "the copy to be told of");
  await sleep(500);
  for (let i = 0; existsSync(join(seen, `filler${i}`)); i++) rmSync(join(seen, `filler${i}`));
  await until(() => server.log("tap.written").length > 0, "the query log to be written again", 20_000);
  await until(() => server.log("copy.kept").length > 0, "the copy to be written again", 20_000);
  const sent = await load.stop();
  expect(lostOf(sent)).toEqual([]);
  // Told once, and not with each query or version.
  for (const event of ["tap.unwritable", "copy.unkept"]) expect(server.log(event)).toHaveLength(1);
  expect(await server.ask("last.a.example")).toBe("NXDOMAIN");
  await until(() => namesIn(join(seen, "LOG")).includes("last.a.example."), "its line");
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});

/** Of all whole lines; threads are read one after the other, so that the last query need not be the last line. */
function namesIn(log: string): string[] {
  const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { readonly qname: string }).qname);
}
