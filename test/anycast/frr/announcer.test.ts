/** What FRR may lack, and what else may stand in its configuration. */

import { afterEach, describe, expect, vi } from "vitest";
import { frrDaemon, withdrawFromFrr } from "../../../src/anycast/frr/daemon.ts";
import { troublesWith } from "../../../src/anycast/lease/check.ts";
import type { LeasedAnnouncer } from "../../../src/anycast/lease/leased.ts";
import { testWith } from "../../support/need.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { surroundings } from "../announcer/surroundings.ts";
import { prefixOf, wantedOf } from "../announcer/wanted.ts";
import { Bgpd, MAPS, ROUTER } from "./bgpd.ts";
import { makeAnnouncer } from "./maker.ts";

const all = [PREFIX4, PREFIX6].map(prefixOf);
let bgpd: Bgpd | undefined;
let announcer: LeasedAnnouncer | undefined;

afterEach(async () => {
  await announcer?.close();
  await bgpd?.close();
  announcer = undefined;
  bgpd = undefined;
});

async function running(config?: string): Promise<Bgpd> {
  bgpd = new Bgpd(config);
  await bgpd.start();
  return bgpd;
}

const troubles = async (vtysh: readonly string[]) => (await troublesWith(frrDaemon(vtysh), all)).join("\n");
const until = (what: () => void | Promise<void>) => vi.waitFor(what, { timeout: 8000, interval: 50 });

describe("a sentence that says what to do", () => {
  testWith("vtysh", "no vtysh, no bgpd, no BGP, no route map", async () => {
    expect(await troubles(["/nowhere/vtysh"])).toBe(
      "no such command: /nowhere/vtysh: install FRR, or name its vtysh in anycast.frr.vtysh",
    );
    const absent = new Bgpd();
    expect(await troubles(absent.vtysh)).toMatch(
      /vtysh finds no bgpd: see whether FRR runs with bgpd=yes .* group frrvty/,
    );
    await absent.close();
    const { vtysh } = await running(ROUTER + MAPS.replace("ZONECAST-RESERVE", "RESERVE"));
    expect(await troubles(vtysh)).toBe(
      "FRR has no route map ZONECAST-RESERVE: add to frr.conf: route-map ZONECAST-RESERVE permit 10",
    );
  });

  testWith("vtysh", "no BGP instance: it is down, and says so", async () => {
    const { vtysh } = await running(MAPS);
    expect(await troubles(vtysh)).toMatch(/^FRR has no BGP instance: add router bgp AS to frr\.conf/);
    announcer = makeAnnouncer({ vtysh, hold: 3000 }, surroundings());
    announcer.start();
    announcer.want(wantedOf({ [PREFIX4]: "up" }));
    const one = announcer;
    await until(() => expect(one.peers[0].why).toMatch(/^FRR has no BGP instance: add router bgp AS to frr\.conf/));
    await until(() => expect(one.peers[0]).toMatchObject({ state: "down", announced: [] }));
  });

  testWith("vtysh", "a level without its route map: the old one stays", async () => {
    const daemon = await running(ROUTER + MAPS.replace("ZONECAST-DRAINING", "DRAINING"));
    announcer = makeAnnouncer({ vtysh: daemon.vtysh, hold: 3000 }, surroundings());
    const one = announcer;
    one.start();
    one.want(wantedOf({ [PREFIX4]: "up" }));
    await until(async () => expect([...(await daemon.routes())]).toEqual([[PREFIX4, "up"]]));
    one.want(wantedOf({ [PREFIX4]: "draining", [PREFIX6]: "up" }));
    await until(() => expect(one.peers[0].why).toMatch(/^FRR has no route map ZONECAST-DRAINING/));
    await until(async () =>
      expect(Object.fromEntries(await daemon.routes())).toEqual({ [PREFIX4]: "up", [PREFIX6]: "up" }),
    );
  });
});

testWith(
  "vtysh",
  "a network line of the operator's own, for one of our prefixes, goes with the prefix; others stay",
  async () => {
    const lines = ` address-family ipv4 unicast\n  network ${PREFIX4}\n  network 192.0.2.0/24\n exit-address-family\n`;
    const daemon = await running(ROUTER + lines + MAPS);
    announcer = makeAnnouncer({ vtysh: daemon.vtysh, hold: 3000 }, surroundings());
    announcer.start();
    await until(async () => expect((await daemon.routes()).size).toBe(0));
    expect(await daemon.ask("show running-config")).toContain("network 192.0.2.0/24");
  },
);

testWith("vtysh", "whoever withdraws takes all of ours, and nothing else", async () => {
  const lines = ` address-family ipv4 unicast\n  network ${PREFIX4} route-map ZONECAST-UP\n  network 192.0.2.0/24\n exit-address-family
 address-family ipv6 unicast\n  network ${PREFIX6} route-map ZONECAST-DRAINING\n exit-address-family\n`;
  const daemon = await running(ROUTER + lines + MAPS);
  await withdrawFromFrr(daemon.vtysh);
  const left = await daemon.ask("show running-config");
  expect(left.match(/^ +network .*/gm)).toEqual(["  network 192.0.2.0/24"]);
});
