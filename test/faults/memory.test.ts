/** A zone that there is no memory for. Lost: that version, until there is memory; all others are served and reloaded on. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { directoryWith, type Server, serving } from "../server/program.ts";
import { zoneText } from "../server/zonetext.ts";
import { hasNode24 } from "../support/need.ts";
import { until } from "../transport/stream.ts";
import { faults } from "./faulty.ts";
import { lostOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const NAME = "www.a.example";
/** Octets of text: it takes three and a half times as much, at the least. */
const TEXT = 9e6;
const ROOM = 20e6;

/** What the kernel can't take back from the process, in octets. */
function anonymous({ child }: Server): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024;
}

test.skipIf(process.platform !== "linux" || !hasNode24())("a zone that there is no memory for", async () => {
  const zones = directoryWith({ "a.example.zone": zoneText(1), "large.example.zone": zoneText(1) });
  const { env, memory } = faults();
  const server = await serving(zones, [], { env });
  const load = await steady(server.port, NAME, 300);
  memory(anonymous(server) + ROOM);
  const line = `f TXT "${"x".repeat(240)}"\n`;
  writeFileSync(join(zones, "new"), zoneText(2) + line.repeat(TEXT / line.length));
  renameSync(join(zones, "new"), join(zones, "large.example.zone"));
  await until(() => server.log("zone.refused").length > 0, "the refusal", 20_000);
  expect(server.log("zone.error")[0].msg).toMatch(/9 MB of text take 3\d MB of memory to compile, or more/);
  expect(await server.ask("www.large.example")).toBe("v1");
  writeFileSync(join(zones, "a.example.zone"), zoneText(2));
  await until(async () => (await server.ask(NAME)) === "v2", "what is small enough");
  memory(anonymous(server) + 100 * ROOM);
  server.child.kill("SIGHUP");
  await until(async () => (await server.ask("www.large.example")) === "v2", "the large one", 30_000);
  expect(lostOf(await load.stop())).toEqual([]);
  expect((await server.stop()).code).toBe(0);
});
