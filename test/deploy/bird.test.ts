/** The example configurations for BIRD, between a POP, another POP and a router, with real sessions. */

import type { ChildProcess } from "node:child_process";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Levels } from "../anycast/announcer/wanted.ts";
import { have } from "../support/need.ts";
import { type BirdHost, birdIn, type Changes, example } from "./birdhost.ts";
import { canHost, Hosts } from "./hosts.ts";

const there = have("bird", spawnSync("which", ["bird"]).status === 0) && canHost();
const NODE = process.execPath;
const script = (name: string) => resolve(import.meta.dirname, name);

const [A4, A6, B4] = ["198.51.100.0/24", "2001:db8:53::/48", "203.0.113.0/24"];
/** Somebody else's, and a part of ours. */
const [FOREIGN, PART] = ["198.18.0.0/24", "198.51.100.128/25"];
const COVERED: Changes = [[/^# (?=protocol static covering|\}| {2})/, ""]];
/** The second POP: other addresses, another number. */
const SECOND: Changes = [
  ["192.0.2.1 ", "192.0.2.5 "],
  ["192.0.2.2", "192.0.2.6"],
  ["2001:db8:ffff::", "2001:db8:ffff:1::"],
  ["define POP = 1;", "define POP = 2;"],
];
const POP2 = `
protocol bgp pop2_v4 from customer4 { local 192.0.2.5 as MYAS; neighbor 192.0.2.6 as CUSTOMER; password "change-me"; }
protocol bgp pop2_v6 from customer6 { local 2001:db8:ffff:1::1 as MYAS; neighbor 2001:db8:ffff:1::2 as CUSTOMER; password "change-me"; }
`;
const LEAK = `protocol static zonecast_leak { ipv4; route ${FOREIGN} blackhole; route ${PART} blackhole; }`;

const until = (what: () => void, timeout = 12_000) => vi.waitFor(what, { timeout, interval: 50 });

describe("each file is understood", () => {
  const parsed = (text: string, hosts: Hosts) => {
    const file = join(hosts.folder, "bird.conf");
    writeFileSync(file, text);
    for (const part of ["session.conf", "socket.conf"])
      writeFileSync(join(hosts.folder, part), example(`bird/${part}`));
    const { status, stderr } = spawnSync("bird", ["-p", "-c", file], { encoding: "utf8" });
    return [status, stderr];
  };

  test.runIf(there)("bird.conf with each way to Zonecast and with the last resort, router.conf", () => {
    const hosts = new Hosts();
    expect(parsed(example("bird/bird.conf"), hosts)).toEqual([0, ""]);
    expect(parsed(example("bird/bird.conf", [['session.conf";', 'socket.conf";']]), hosts)).toEqual([0, ""]);
    expect(parsed(example("bird/bird.conf", COVERED), hosts)).toEqual([0, ""]);
    expect(parsed(example("bird/router.conf"), hosts)).toEqual([0, ""]);
    hosts.close();
  });
});

describe.runIf(there)("a POP and its router", () => {
  const hosts = new Hosts();
  let [pop, second, router]: BirdHost[] = [];
  let speaker: ChildProcess;
  let said = { state: "", heard: {} as Record<string, boolean | undefined> };
  const announce = (levels: Levels) => speaker.stdin?.write(`${JSON.stringify(levels)}\n`);
  const nets = (routes: string[]) => [...new Set(routes.map((route) => route.split(" ")[0]))].sort();

  beforeAll(async () => {
    hosts.link(
      { host: "pop", addresses: ["192.0.2.2/30", "2001:db8:ffff::2/64"] },
      { host: "router", addresses: ["192.0.2.1/30", "2001:db8:ffff::1/64"] },
    );
    hosts.link(
      { host: "second", addresses: ["192.0.2.6/30", "2001:db8:ffff:1::2/64"] },
      { host: "router", addresses: ["192.0.2.5/30", "2001:db8:ffff:1::1/64"] },
    );
    for (const host of ["pop", "router"]) {
      hosts.run(host, NODE, script("rtr.ts"), `${A4}=64500`, `${A6}=64500`, `${B4}=64499`, `${FOREIGN}=64500`);
    }
    pop = birdIn(hosts, "pop", example("bird/bird.conf"));
    second = birdIn(hosts, "second", example("bird/bird.conf", [...SECOND, ...COVERED]));
    router = birdIn(hosts, "router", example("bird/router.conf", [], POP2));
    const orders = JSON.stringify({ address: "127.0.0.1", port: 1790, nextHops: [] });
    speaker = hosts.run("pop", NODE, script("announcing.ts"), [A4, A6, B4, FOREIGN, PART].join(","), orders);
    speaker.stdout?.on("data", (text: Buffer) => {
      said = JSON.parse(text.toString().trim().split("\n").at(-1) ?? "") as typeof said;
    });
    await until(() => {
      expect(router.sessions()).toEqual(
        ["pop1_v4", "pop1_v6", "pop2_v4", "pop2_v6"].map((one) => `${one} Established`),
      );
      expect([pop.sessions()[0], said.state]).toEqual(["zonecast Established", "up"]);
    });
  }, 20_000);

  afterAll(() => hosts.close());
});
