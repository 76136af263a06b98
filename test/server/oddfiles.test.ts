/** What stands in a zone directory and is no zone file. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { isZoneFile } from "../../src/server/zonefilename.ts";
import { testWith } from "../support/need.ts";
import { until } from "../transport/stream.ts";
import { directoryWith, serving } from "./program.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 40_000 });

test.each([
  ["example.com.zone", true],
  ["example.com.db", true],
  ["db.example.com", true],
  ["db.example.com~", false],
  ["db.example.com.bak", false],
  ["db.example.com.jnl", false],
  ["db.example.com.dpkg-old", false],
  ["db.example.com.rpmsave", false],
  [".db.example.com.swp", false],
  [".example.com.zone", false],
  ["#db.example.com#", false],
  ["example.com.zone~", false],
  ["example.com", false],
  ["README", false],
])("%s: %s", (name, served) => {
  expect(isZoneFile(name)).toBe(served);
});

testWith("mkfifo", "a FIFO holds up neither the other zones nor the end", async () => {
  const zones = directoryWith({ "real.example.zone": zoneText(1) });
  execFileSync("mkfifo", [join(zones, "fifo.example.zone")]);
  const server = await serving(zones);
  expect(await server.ask("www.real.example")).toBe("v1");
  expect(await server.ask("www.fifo.example")).toBe("SERVFAIL 24");
  expect(server.log("zone.error")[0].msg).toContain("can't read: it is no regular file");
  writeFileSync(join(zones, "real.example.zone"), zoneText(2));
  await until(async () => (await server.ask("www.real.example")) === "v2", "the new version");
  expect((await server.stop()).code).toBe(0);
});
