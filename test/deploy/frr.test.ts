/** The example configurations for FRR, with a BIRD router on the other side, as router.conf has it. */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { frrAnnouncer } from "../../src/anycast/frr/announcer.ts";
import { surroundings } from "../anycast/announcer/surroundings.ts";
import { prefixOf, wantedOf } from "../anycast/announcer/wanted.ts";
import { have } from "../support/need.ts";
import { type BirdHost, birdIn, type Changes, example } from "./birdhost.ts";
import { canHost, Hosts } from "./hosts.ts";

const there =
  have(
    "FRR and BIRD",
    ["bird", "vtysh"].every((one) => spawnSync("which", [one]).status === 0),
  ) && canHost();
const [A4, A6, B4] = ["198.51.100.0/24", "2001:db8:53::/48", "203.0.113.0/24"];
const [FOREIGN, PART] = ["198.18.0.0/24", "198.51.100.128/25"];
/** FRR's BFD does not come up together with GTSM. */
const NO_BFD: Changes = [["  bfd on;\n", ""]];

const until = (what: () => void | Promise<void>, timeout = 15_000) => vi.waitFor(what, { timeout, interval: 50 });

/** Hosts until the test's end. */
function hostsUntilEnd({ onTestFinished }: TestContext): Hosts {
  const hosts = new Hosts();
  onTestFinished(() => hosts.close());
  return hosts;
}

interface Pop {
  readonly vtysh: readonly string[];
  ask(...commands: string[]): string;
}

/** FRR in a host: zebra, which knows the links, and bgpd with this configuration. */
async function frrIn(all: Hosts, host: string, config: string): Promise<Pop> {
  const folder = join(all.folder, host);
  mkdirSync(folder);
  const [file, api] = [join(folder, "frr.conf"), join(folder, "zebra.api")];
  writeFileSync(file, config);
  const both = ["--vty_socket", folder, "-z", api, "-P", "0"];
  all.run(
    host,
    "/usr/lib/frr/zebra",
    ...both,
    "-f",
    "/dev/null",
    "-i",
    join(folder, "z.pid"),
    "-u",
    "root",
    "-g",
    "frrvty",
  );
  const vtysh = ["vtysh", "--vty_socket", folder];
  const ask = (...commands: string[]) =>
    spawnSync("vtysh", [...vtysh.slice(1), "-d", "bgpd", ...commands.flatMap((one) => ["-c", one])], {
      encoding: "utf8",
    }).stdout;
  await until(() =>
    expect(spawnSync("vtysh", [...vtysh.slice(1), "-d", "zebra", "-c", "show version"]).status).toBe(0),
  );
  all.run(host, "/usr/lib/frr/bgpd", ...both, "-f", file, "-i", join(folder, "b.pid"), "-S");
  await until(() => expect(ask("show version")).toContain("FRRouting"));
  return { vtysh, ask };
}

function link(all: Hosts): void {
  all.link(
    { host: "pop", addresses: ["192.0.2.2/30", "2001:db8:ffff::2/64"] },
    { host: "router", addresses: ["192.0.2.1/30", "2001:db8:ffff::1/64"] },
  );
}

const untilSessions = (router: BirdHost) =>
  until(() =>
    expect(router.sessions(), router.ask("show protocols all pop1_v6")).toEqual([
      "pop1_v4 Established",
      "pop1_v6 Established",
    ]),
  );

describe.runIf(there)("FRR", () => {
  test.concurrent("frr.conf and vtysh: levels arrive with their attributes, and nothing foreign does", async (context) => {
    const hosts = hostsUntilEnd(context);
    link(hosts);
    const pop = await frrIn(hosts, "pop", example("frr/frr.conf"));
    const router = birdIn(hosts, "router", example("bird/router.conf", NO_BFD));
    await untilSessions(router);
    const all = [A4, A6, B4].map(prefixOf);
    const announcer = frrAnnouncer({ vtysh: pop.vtysh, hold: 3000, prefixes: all }, surroundings());
    announcer.start();
    announcer.want(wantedOf({ [A4]: "up", [A6]: "draining", [B4]: "reserve" }));
    await until(() =>
      expect(router.routes()).toEqual([
        `${A4} pop1_v4 as_path 64500 med 0 local_pref 200`,
        `${B4} pop1_v4 as_path 64500 64500 64500 med 100 local_pref 200`,
        `${A6} pop1_v6 as_path 64500 64500 64500 64500 med 200 local_pref 0 community (65535,0)`,
      ]),
    );
    expect(announcer.peers[0]).toMatchObject({ state: "up", why: undefined });
    const foreign = [FOREIGN, PART].map((prefix) => `network ${prefix} route-map ZONECAST-UP`);
    pop.ask("configure terminal", "router bgp", "address-family ipv4 unicast", ...foreign, "end");
    announcer.want(wantedOf({ [A4]: "draining", [A6]: "up" }));
    await until(() =>
      expect(router.routes()).toEqual([
        `${A4} pop1_v4 as_path 64500 64500 64500 64500 med 200 local_pref 0 community (65535,0)`,
        `${A6} pop1_v6 as_path 64500 med 0 local_pref 200`,
      ]),
    );
    expect(router.routes("filtered")).toEqual([]);
    await announcer.close();
    await until(() => expect(router.routes()).toEqual([]));
  });

  test.concurrent("session.conf: Zonecast's own session, with what it sends for each level", async (context) => {
    const hosts = hostsUntilEnd(context);
    link(hosts);
    hosts.address("pop", "lo", "192.0.2.254/32");
    const config = example("frr/frr.conf", [], example("frr/session.conf"));
    await frrIn(hosts, "pop", config);
    const router = birdIn(hosts, "router", example("bird/router.conf", NO_BFD));
    const orders = { address: "192.0.2.254", port: 179, nextHops: ["192.0.2.1", "2001:db8:ffff::1"] };
    const script = resolve(import.meta.dirname, "announcing.ts");
    const speaker = hosts.run("pop", process.execPath, script, [A4, A6, B4, FOREIGN].join(","), JSON.stringify(orders));
    const announce = (levels: object) => speaker.stdin?.write(`${JSON.stringify(levels)}\n`);
    announce({ [A4]: "up", [A6]: "draining", [B4]: "reserve", [FOREIGN]: "up" });
    await untilSessions(router);
    await until(() =>
      expect(router.routes()).toEqual([
        `${A4} pop1_v4 as_path 64500 local_pref 200`,
        `${B4} pop1_v4 as_path 64500 64500 64500 med 100 local_pref 200`,
        `${A6} pop1_v6 as_path 64500 64500 64500 64500 med 200 local_pref 0 community (65535,0)`,
      ]),
    );
    expect(router.routes("filtered")).toEqual([]);
    speaker.kill("SIGKILL");
    await until(() => expect(router.routes()).toEqual([]), 3000);
  });
});

test.runIf(there)("each file is understood", (context) => {
  const hosts = hostsUntilEnd(context);
  const file = join(hosts.folder, "frr.conf");
  const parsed = (text: string) => {
    writeFileSync(file, text);
    return spawnSync("vtysh", ["-C", "-f", file]).status;
  };
  expect(parsed(example("frr/frr.conf"))).toBe(0);
  expect(parsed(example("frr/frr.conf", [], example("frr/session.conf")))).toBe(0);
  expect(parsed(example("frr/frr.conf", [["match as-path", "match as-pth"]]))).not.toBe(0);
});
