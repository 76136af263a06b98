/** Zone files that change under a running server. */

import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { until } from "../transport/stream.ts";
import { directoryWith, type Server, serving } from "./program.ts";
import { BROKEN, zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

/** A scan without cause comes within twelve seconds: what is to be seen without being told of takes this long. */
const SCAN_PATIENCE_MS = 25_000;
const START = {
  "in-place.example.zone": zoneText(1),
  "renamed.example.zone": zoneText(1),
  "half.example.zone": zoneText(1),
  "spoiled.example.zone": zoneText(1),
  "broken.example.zone": BROKEN,
  "recreated.example.zone": zoneText(1),
  "deleted.example.zone": zoneText(1),
  "included.example.zone": `${zoneText(1).replace(/www.*\n/, "")}$INCLUDE www.inc\n`,
  "www.inc": 'www TXT "v1"\n',
  "grows.example.zone": zoneText(1),
  "hup.example.zone": zoneText(1),
};

let server: Server;
const path = (name: string) => join(server.zones, name);
const write = (zone: string, text: string) => writeFileSync(path(`${zone}.zone`), text);
const asked = (zone: string) => server.ask(`www.${zone}`);

/** Waits until the zone answers so. */
function answers(zone: string, outcome: string, most?: number): Promise<void> {
  return until(async () => (await asked(zone)) === outcome, `${zone} to say ${outcome}`, most);
}

const zoneStatus = async (zone: string) => (await server.status()).zones.find((one) => one.zone === `${zone}.`);
const logged = (event: string, zone: string) => server.log(event).filter((line) => line.zone === `${zone}.`);

/** Writes the zone as editors do: beside it, then in its place. */
function replace(zone: string, text: string): void {
  writeFileSync(path(`.${zone}.swp`), text);
  renameSync(path(`.${zone}.swp`), path(`${zone}.zone`));
}

beforeAll(async () => {
  server = await serving(directoryWith(START));
});

afterAll(() => server.stop());

test("a file changed in place", async () => {
  expect(await asked("in-place.example")).toBe("v1");
  write("in-place.example", zoneText(2));
  await answers("in-place.example", "v2");
  expect(await zoneStatus("in-place.example")).toMatchObject({ state: "serving", serial: 2, errors: 0 });
});

test("a change that leaves size and serial as they were is seen too", async () => {
  write("in-place.example", zoneText(2, "w2"));
  await answers("in-place.example", "w2");
});

test("a file put in the old one's place", async () => {
  replace("renamed.example", zoneText(2));
  await answers("renamed.example", "v2");
});

test("a half-written file is not served; the old version is until the rest is there", async () => {
  const text = `${zoneText(2)}last TXT "the end"\n`;
  write("half.example", text.slice(0, text.indexOf('v2"')));
  await until(() => logged("zone.refused", "half.example").length > 0, "the half file to be refused");
  expect(await asked("half.example")).toBe("v1");
  appendFileSync(path("half.example.zone"), text.slice(text.indexOf('v2"')));
  await answers("half.example", "v2");
});

test("an empty file is a half-written one", async () => {
  truncateSync(path("half.example.zone"));
  await until(async () => (await zoneStatus("half.example"))?.state === "stale", "the empty file to be refused");
  expect(await asked("half.example")).toBe("v2");
  write("half.example", zoneText(3));
  await answers("half.example", "v3");
});

test("a broken file keeps the last good version, and log and status say why", async () => {
  write("spoiled.example", BROKEN);
  await until(() => logged("zone.refused", "spoiled.example").length > 0, "the file to be refused");
  expect(await asked("spoiled.example")).toBe("v1");
  const [refused] = logged("zone.refused", "spoiled.example");
  expect(refused.level).toBe("error");
  expect(refused.msg).toMatch(/^zone spoiled\.example\. not loaded, \d+ errors: serial 1 stays$/);
  const told = logged("zone.error", "spoiled.example");
  expect(told.some(({ msg }) => msg.startsWith(`${path("spoiled.example.zone")}:6:`))).toBe(true);
  const status = await zoneStatus("spoiled.example");
  expect(status).toMatchObject({ state: "stale", serial: 1 });
  expect(status?.errors).toBeGreaterThan(0);
  expect(status?.problems[0]).toContain("spoiled.example.zone:6:");
  write("spoiled.example", zoneText(2));
  await answers("spoiled.example", "v2");
  expect(await zoneStatus("spoiled.example")).toMatchObject({ state: "serving", errors: 0, problems: [] });
});

// RFC 8914 §4.25: "Invalid Data".
test("a file broken from the start is SERVFAIL with EDE 24, the others are served, and it is once it is mended", async () => {
  expect(await asked("broken.example")).toBe("SERVFAIL 24");
  expect(await asked("hup.example")).toBe("v1");
  expect(await zoneStatus("broken.example")).toMatchObject({ state: "failed" });
  expect(logged("zone.refused", "broken.example")[0].msg).toContain("it is answered with SERVFAIL");
  write("broken.example", zoneText(3));
  await answers("broken.example", "v3");
});

test("a new file is served", async () => {
  expect(await asked("new.example")).toBe("REFUSED 20");
  write("new.example", zoneText(5));
  await answers("new.example", "v5");
});

test("a file that is gone takes its zone along, once a second look has confirmed it", async () => {
  unlinkSync(path("deleted.example.zone"));
  await answers("deleted.example", "REFUSED 20");
  expect(logged("zone.dropped", "deleted.example")).toHaveLength(1);
  expect(await zoneStatus("deleted.example")).toBeUndefined();
  write("deleted.example", zoneText(9));
  await answers("deleted.example", "v9");
});

test("an editor that removes the file and writes a new one leaves no gap", async () => {
  const outcomes = new Set<string>();
  for (let serial = 2; serial < 6; serial++) {
    unlinkSync(path("recreated.example.zone"));
    const until = performance.now() + 250;
    while (performance.now() < until) outcomes.add(await asked("recreated.example"));
    write("recreated.example", zoneText(serial));
    await answers("recreated.example", `v${serial}`);
  }
  expect([...outcomes].sort()).toEqual(["v1", "v2", "v3", "v4"]);
});

test("a file that is included has changed, is gone, and is back", async () => {
  expect(await asked("included.example")).toBe("v1");
  writeFileSync(path("www.inc"), 'www TXT "v2"\n');
  await answers("included.example", "v2");
  unlinkSync(path("www.inc"));
  await until(async () => (await zoneStatus("included.example"))?.state === "stale", "the loss to be noticed");
  expect(await asked("included.example")).toBe("v2");
  writeFileSync(path("www.inc"), 'www TXT "v3"\n');
  await answers("included.example", "v3");
});

test("a directory that other files are written to all the time is looked at all the same", async () => {
  const noise = setInterval(() => writeFileSync(path("noise.log"), String(Math.random())), 20);
  try {
    await sleep(300);
    write("grows.example", zoneText(2));
    await answers("grows.example", "v2");
  } finally {
    clearInterval(noise);
  }
});

test("many changes one after another end with the last one", async () => {
  for (let serial = 10; serial < 40; serial++) {
    replace("grows.example", zoneText(serial));
    await sleep(15);
  }
  await answers("grows.example", "v39");
});

test("SIGHUP looks at all files at once", async () => {
  const before = server.log("reload").length;
  write("hup.example", zoneText(2));
  server.child.kill("SIGHUP");
  await answers("hup.example", "v2");
  expect(server.log("reload")).toHaveLength(before + 1);
  // What has not changed is not loaded again.
  expect(logged("zone.loaded", "renamed.example").length).toBeLessThanOrEqual(2);
});

test("a file may be a link, and what it leads to may change", async () => {
  const elsewhere = directoryWith({ "1.txt": zoneText(1), "2.txt": zoneText(2) });
  symlinkSync(join(elsewhere, "1.txt"), path("linked.example.zone"));
  await answers("linked.example", "v1");
  symlinkSync(join(elsewhere, "2.txt"), path("next"));
  renameSync(path("next"), path("linked.example.zone"));
  await answers("linked.example", "v2");
});

test("hidden files, backups and directories are no zones", async () => {
  for (const name of [".hidden.example.zone", "#draft.example.zone#", "draft.example.zone~", "notes.txt"]) {
    writeFileSync(path(name), zoneText(1));
  }
  write("marker.example", zoneText(1));
  await answers("marker.example", "v1");
  for (const zone of ["hidden.example", "draft.example", "notes"]) expect(await asked(zone)).toBe("REFUSED 20");
});

test("a directory with a zone file's name is a zone that can't be read, and harms no other", async () => {
  mkdirSync(path("folder.example.zone"));
  await answers("folder.example", "SERVFAIL 24");
  expect((await zoneStatus("folder.example"))?.problems[0]).toContain("can't read: it is a directory");
  expect(await asked("hup.example")).toBe("v2");
  rmSync(path("folder.example.zone"), { recursive: true });
  await answers("folder.example", "REFUSED 20", SCAN_PATIENCE_MS);
});

test("nothing was ever SERVFAIL but what never loaded, and the process is the one that was started", () => {
  const refused = server.log("zone.refused").filter(({ msg }) => msg.includes("SERVFAIL"));
  const zones = new Set(refused.map(({ zone }) => zone));
  expect([...zones].sort()).toEqual(["broken.example.", "folder.example."]);
  expect(server.child.exitCode).toBeNull();
  expect(readFileSync(`/proc/${server.child.pid}/cmdline`, "utf8")).toContain("serve");
});
