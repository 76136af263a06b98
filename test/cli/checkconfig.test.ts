/** zonecast check-config: what is wrong with a configuration, in the file and on this machine. */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directoryWith, run } from "../server/program.ts";
import { Router } from "../server/routes/router.ts";
import { freePort } from "../transport/port.ts";

const PREFIX = "127.0.53.0/24";

/** Runs the verb on a configuration; what it said, and its exit code. */
async function check(lines: readonly string[], ...flags: string[]): Promise<{ code: number | null; said: string }> {
  const folder = directoryWith({ "pop.yaml": `${lines.join("\n")}\n` });
  const { code, stdout, stderr } = await run(["check-config", "pop.yaml", ...flags], { cwd: folder });
  return { code, said: `${stdout}${stderr}`.replaceAll(folder, "") };
}

function announcing(port: number, more: readonly string[] = [], as = 64500): string[] {
  return [
    "pop: lhr1",
    "listen: [127.0.53.53@5300]",
    "anycast:",
    "  as: 64500",
    `  prefixes: [{ prefix: ${PREFIX}, service: ns1 }]`,
    `  bgp: { neighbours: [{ at: 127.0.0.1@${port}, as: ${as} }] }`,
    ...more,
  ];
}

test("says what a POP with it would be", async () => {
  expect(await check(announcing(1790))).toEqual({
    code: 0,
    said: [
      "pop.yaml: ok",
      "  POP lhr1 on 127.0.53.53@5300",
      "  announces to 127.0.0.1@1790:",
      "  127.0.53.0/24 (ns1): 127.0.53.53@5300",
      "",
    ].join("\n"),
  });
  expect(await check(["pop: lhr1"])).toMatchObject({ code: 0, said: expect.stringContaining("announces nothing") });
});

test("errors of the file: all at once, where they stand, exit code 2", async () => {
  const { code, said } = await check(["pop: lhr1", "anycast:", "  prefixes: [{ prefix: 198.51.100.0/25 }]", "  as: x"]);
  expect([code, said.split("\n").length]).toEqual([2, 3]);
  expect(said).toMatch(/^pop\.yaml:3:24 {2}anycast\.prefixes\[0\]\.prefix: .*\npop\.yaml:4:7 {2}anycast\.as: /);
});

describe("--connect", () => {
  test("a router that takes us", async () => {
    const router = await Router.start([PREFIX]);
    expect(await check(announcing(router.port), "--connect", "--quiet")).toEqual({ code: 0, said: "" });
    expect(router.story.filter((line) => line.startsWith(PREFIX))).toEqual([]);
  });

  test("one that is not there", async () => {
    const { code, said } = await check(announcing(await freePort()), "--connect");
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/^pop\.yaml: no BGP daemon listens on 127\.0\.0\.1@\d+: start it/),
    ]);
  });

  test("one of another AS", async () => {
    const router = await Router.start([PREFIX], 64999);
    const { code, said } = await check(announcing(router.port), "--connect");
    expect([code, said]).toEqual([1, expect.stringMatching(/is AS 64999, and anycast\.bgp\.neighbours has AS 64500/)]);
  });
});

test("BIRD's socket that is not there", async () => {
  const socket = join(directoryWith(), "bird.ctl");
  const { code, said } = await check(announcing(1790, ["  by: bird", `  bird: { socket: ${socket} }`]));
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/^pop\.yaml: no such socket: .*bird\.ctl: see whether BIRD runs/),
  ]);
});

test("vtysh that is not there", async () => {
  const { code, said } = await check(announcing(1790, ["  by: frr", "  frr: { vtysh: /no/such/vtysh }"]));
  expect([code, said]).toEqual([1, expect.stringMatching(/^pop\.yaml: .*\/no\/such\/vtysh/)]);
});

test("no file, and two", async () => {
  expect(await run(["check-config"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("name one configuration"),
  });
  expect(await run(["check-config", "no.yaml"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no such file"),
  });
});
