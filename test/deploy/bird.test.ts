/** The example configurations for BIRD, between a POP, another POP and a router, with real sessions. */

import type { ChildProcess } from "node:child_process";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { birdAnnouncer } from "../../src/anycast/bird/announcer.ts";
import { surroundings } from "../anycast/announcer/surroundings.ts";
import { type Levels, prefixOf, wantedOf } from "../anycast/announcer/wanted.ts";
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
  const secondConfig = example("bird/bird.conf", [...SECOND, ...COVERED]);
  const fromPop = () => router.routes().filter((route) => route.includes(" pop1_v"));
  const nets = (routes: string[]) => [...new Set(routes.map((route) => route.split(" ")[0]))].sort();

  function speak(): void {
    const orders = JSON.stringify({ address: "127.0.0.1", port: 1790, nextHops: [] });
    speaker = hosts.run("pop", NODE, script("announcing.ts"), [A4, A6, B4, FOREIGN, PART].join(","), orders);
    speaker.stdout?.on("data", (text: Buffer) => {
      said = JSON.parse(text.toString().trim().split("\n").at(-1) ?? "") as typeof said;
    });
  }

  beforeAll(async () => {
    hosts.link(
      { host: "pop", addresses: ["192.0.2.2/30", "2001:db8:ffff::2/64"] },
      { host: "router", addresses: ["192.0.2.1/30", "2001:db8:ffff::1/64"] },
    );
    hosts.link(
      { host: "second", addresses: ["192.0.2.6/30", "2001:db8:ffff:1::2/64"] },
      { host: "router", addresses: ["192.0.2.5/30", "2001:db8:ffff:1::1/64"] },
    );
    // B is somebody else's in the RPKI.
    const roas = [`${A4}=64500`, `${A6}=64500`, `${B4}=64499`, `${FOREIGN}=64500`];
    for (const host of ["pop", "router"]) {
      const rtr = hosts.run(host, NODE, script("rtr.ts"), ...roas);
      await once(rtr.stdout ?? rtr, "data");
    }
    pop = birdIn(hosts, "pop", example("bird/bird.conf"));
    second = birdIn(hosts, "second", secondConfig);
    router = birdIn(hosts, "router", example("bird/router.conf", [], POP2));
    speak();
    await until(() => {
      expect(router.sessions()).toEqual(
        ["pop1_v4", "pop1_v6", "pop2_v4", "pop2_v6"].map((one) => `${one} Established`),
      );
      expect([pop.sessions()[0], said.state]).toEqual(["zonecast Established", "up"]);
    });
  }, 20_000);

  afterAll(() => hosts.close());

  test("exactly what is announced arrives, and its levels with it", async () => {
    announce({ [A4]: "up", [A6]: "up" });
    await until(() =>
      expect(fromPop()).toEqual([
        `${A4} pop1_v4 as_path 64500 local_pref 200`,
        `${A6} pop1_v6 as_path 64500 local_pref 200`,
      ]),
    );
    announce({ [A4]: "draining", [A6]: "reserve" });
    await until(() =>
      expect(fromPop()).toEqual([
        // RFC 8326 §4.2: the router "SHOULD … set the LOCAL_PREF attribute … to a low value".
        `${A4} pop1_v4 as_path 64500 64500 64500 64500 med 200 local_pref 0 community (65535,0)`,
        `${A6} pop1_v6 as_path 64500 64500 64500 med 100 local_pref 200`,
      ]),
    );
    announce({ [A6]: "up" });
    await until(() => expect(fromPop()).toEqual([`${A6} pop1_v6 as_path 64500 local_pref 200`]));
  });

  test("the last resort of the second POP is there all the time, prepended", async () => {
    await until(() =>
      expect(router.routes().filter((route) => route.includes("pop2"))).toEqual([
        "198.51.100.0/23 pop2_v4 as_path 64500 64500 64500 64500 local_pref 200",
        "203.0.112.0/23 pop2_v4 as_path 64500 64500 64500 64500 local_pref 200",
        "2001:db8:52::/47 pop2_v6 as_path 64500 64500 64500 64500 local_pref 200",
        "2001:db8:54::/47 pop2_v6 as_path 64500 64500 64500 64500 local_pref 200",
      ]),
    );
  });

  test("Zonecast hears of the second POP while its own path is the best one, and when that ends", async () => {
    announce({ [A4]: "up" });
    await until(() => expect([said.heard[A4], nets(fromPop())]).toEqual([false, [A4]]));
    second.configure(`${secondConfig}\nprotocol static zonecast_other { ipv4; route ${A4} blackhole; }`);
    await until(() => expect(said.heard[A4]).toBe(true));
    expect(nets(fromPop())).toEqual([A4]);
    second.configure(secondConfig);
    await until(() => expect(said.heard[A4]).toBe(false));
  });

  describe("a foreign prefix, and a part of our own", () => {
    test("do not get from Zonecast into the POP's BIRD", async () => {
      announce({ [A4]: "up", [FOREIGN]: "up", [PART]: "up" });
      await until(() => expect(nets(pop.routes("table zonecast4"))).toEqual([A4]));
      expect(pop.ask("show protocols all zonecast")).toMatch(/Import updates: +\d+ +0 +2 /);
    });

    test("do not get out of BIRD when they are in it, and neither does what the RPKI says is invalid", async () => {
      announce({ [A4]: "up", [B4]: "up" });
      pop.configure(example("bird/bird.conf", [], LEAK));
      await until(() => expect(nets(pop.routes("table master4"))).toEqual([FOREIGN, A4, PART, B4].sort()));
      await until(() => expect(nets(fromPop())).toEqual([A4]));
      expect(nets(router.routes("filtered"))).toEqual([]);
    });

    test("do not get into the router when the POP lets all out", async () => {
      const open: Changes = [["export filter to_transit;", 'export where proto ~ "zonecast*";']];
      pop.configure(example("bird/bird.conf", open, LEAK));
      await until(() => expect(nets(router.routes("filtered"))).toEqual([FOREIGN, PART, B4].sort()));
      expect(nets(fromPop())).toEqual([A4]);
      pop.configure(example("bird/bird.conf"));
    });
  });

  test("Zonecast is killed: its routes are gone with its session, and back with the next one", async () => {
    announce({ [A4]: "up", [A6]: "up" });
    await until(() => expect(nets(fromPop())).toEqual([A4, A6]));
    speaker.kill("SIGKILL");
    await until(() => expect(fromPop()).toEqual([]), 2500);
    speak();
    announce({ [A4]: "up", [A6]: "up" });
    await until(() => expect(nets(fromPop())).toEqual([A4, A6]));
  });

  test("BFD: a BIRD that hangs is gone long before its hold time is over", async () => {
    expect(router.ask("show bfd sessions").match(/ Up /g)).toHaveLength(4);
    pop.signal("SIGSTOP");
    await until(() => expect(fromPop()).toEqual([]), 5000);
    pop.signal("SIGCONT");
  });

  test("a wrong password, a missing role, a missing GTSM keep a session down", async () => {
    const broken: Changes = [
      [/(pop1_v4 from customer4[^}]*)change-me/, "$1other"],
      ["protocol bgp pop1_v6 from customer6", "protocol bgp pop1_v6 from roleless"],
      [
        /^protocol bfd/,
        `template bgp roleless { ttl security on; bfd on; enforce first as on; ipv6 { import none; export none; }; }\nprotocol bfd`,
      ],
      [/^router id .*/, "router id 192.0.2.9;"],
    ];
    const unsafe = POP2.replace("protocol bgp pop2_v4 from customer4 {", "$& ttl security off;");
    // Another router id restarts all sessions: the one that is as it should be shows that there was time enough.
    router.configure(example("bird/router.conf", broken, unsafe));
    await until(() => expect(router.sessions()).not.toContain("pop2_v6 Established"));
    await until(() => expect(router.sessions()).toContain("pop2_v6 Established"));
    await until(() => expect(router.ask("show protocols all pop1_v6")).toMatch(/Last error: .*Role/i));
    const established = (bird: BirdHost) => bird.sessions().filter((one) => /transit.*Established$/.test(one));
    // Seen from the POPs: a router whose first packet came before the POP looked at its TTL thinks that it is there.
    expect([...established(pop), ...established(second)]).toEqual(["transit1_v6 Established"]);
  });
});

describe.runIf(there)("BIRD's control socket", () => {
  const hosts = new Hosts();
  afterAll(() => hosts.close());

  test("socket.conf: what is enabled arrives at the router with the attributes of its level", async () => {
    hosts.link(
      { host: "pop", addresses: ["192.0.2.2/30", "2001:db8:ffff::2/64"] },
      { host: "router", addresses: ["192.0.2.1/30", "2001:db8:ffff::1/64"] },
    );
    const pop = birdIn(hosts, "pop", example("bird/bird.conf", [['session.conf";', 'socket.conf";']]));
    const router = birdIn(hosts, "router", example("bird/router.conf"));
    const all = [A4, A6, B4].map(prefixOf);
    const around = surroundings();
    const announcer = birdAnnouncer({ socket: pop.socket, hold: 3000, prefixes: all }, around);
    announcer.start();
    announcer.want(wantedOf({ [A4]: "up", [A6]: "draining", [B4]: "reserve" }));
    await until(() =>
      expect(router.routes()).toEqual([
        `${A4} pop1_v4 as_path 64500 local_pref 200`,
        `${B4} pop1_v4 as_path 64500 64500 64500 med 100 local_pref 200`,
        `${A6} pop1_v6 as_path 64500 64500 64500 64500 med 200 local_pref 0 community (65535,0)`,
      ]),
    );
    // Transit sessions stand, and take our prefixes: nobody else announces them.
    await until(() => expect(all.map((prefix) => announcer.heard(prefix))).toEqual([false, false, false]));
    expect(announcer.peers[0]).toMatchObject({ state: "up", why: undefined });
    // Changes of level are updates: the router has not seen a withdrawal.
    for (const level of ["draining", "reserve", "up"] as const) {
      announcer.want(wantedOf({ [A4]: level, [A6]: level, [B4]: level }));
      await until(() => expect(announcer.peers[0].announced.map((one) => one.level)).toEqual([level, level, level]));
    }
    for (const one of ["pop1_v4", "pop1_v6"]) {
      expect(router.ask(`show protocols all ${one}`)).toMatch(/Import withdraws: +0 /);
    }
    await announcer.close();
    await until(() => expect(router.routes()).toEqual([]));
  });
});
