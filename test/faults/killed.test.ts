/**
 * kill -9 under load, in the middle of pushes, and the store gone with it. Lost: what came until the next start was ready. What
 * was ever answered is answered again, from a version that is no older.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { directoryWith, ready, start, withPorts } from "../server/program.ts";
import { StorePlace } from "../server/storeplace.ts";
import { hasNode24 } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { lostOf, type Sent, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const NAME = "www.a.example";
const VERSIONS = 8;
/** What has waited no longer may be lost with the process. */
const RECENT_MS = 30;

const versionOf = ({ outcome = "" }: Sent) => Number(/^v(\d+)$/.exec(outcome)?.[1]);
const lines = (file: string) => readFileSync(file, "utf8").split("\n").slice(0, -1);
const isWhole = (line: string) => {
  try {
    return typeof JSON.parse(line) === "object";
  } catch {
    return false;
  }
};

test.skipIf(!hasNode24())("kill -9 under load and pushes, with the store gone as well", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  await place.push("large.example.", 1, { hosts: 2000 });
  const folder = directoryWith({ "pop.yaml": "pop: test1\nquerylog: { sample: 1, to: LOG }\n" });
  const port = await freePort();
  const where = ["--listen", `127.0.0.1@${port}`, "--store", place.where, "--state", place.state];
  const begin = () => withPorts(start(["serve", "--config", join(folder, "pop.yaml"), ...where]), "", port, 0);
  const first = begin();
  await ready(first);
  const load = await steady(port, NAME, 1000);
  for (let version = 2; version <= VERSIONS; version++) await place.push("a.example.", version);
  await until(() => load.sent.some((one) => versionOf(one) >= VERSIONS / 2), "some of the versions");
  // On a busy machine queries wait for the server, and that would be lost too: the kill comes when nothing old waits.
  const old = ({ at, outcome }: Sent) => outcome === undefined && performance.now() - at > RECENT_MS;
  await until(() => !load.sent.some(old), "the server to keep up", 60_000);
  const killed = performance.now();
  first.child.kill("SIGKILL");
  await first.exit;
  await place.destroy();
  const second = begin();
  await ready(second);
  const back = performance.now();
  await until(() => load.sent.some(({ at, outcome }) => at > back && outcome !== undefined), "answers");
  const sent = await load.stop();

  const lost = lostOf(sent);
  // A query that came in the last moments may have been read, and its answer not sent.
  expect(lost.filter(({ at }) => at < killed - 2 * RECENT_MS || at > back)).toEqual([]);
  const before = sent.filter(({ at, outcome }) => at < killed && outcome !== undefined).map(versionOf);
  const after = sent.filter(({ at, outcome }) => at > back && outcome !== undefined).map(versionOf);
  expect(before.length).toBeGreaterThan(20);
  expect(Math.min(...after)).toBeGreaterThanOrEqual(Math.max(...before));
  expect(await second.ask("www.large.example")).toBe("v1");
  const events = second.log().map(({ event }) => event);
  expect(events.filter((event) => /^(?:copy|image|blobs|state)\./.test(event))).toEqual([]);
  expect((await second.stop()).code).toBe(0);
  // The line that was being written, at most, is cut.
  const log = lines(join(folder, "LOG"));
  expect(log.length).toBeGreaterThan(20);
  expect(log.filter((line) => !isWhole(line)).length).toBeLessThanOrEqual(1);
});
