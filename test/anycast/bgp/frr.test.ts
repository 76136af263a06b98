/** The speaker straight to a router of another AS that is not BIRD: FRR's bgpd, without zebra, on loopback addresses. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, vi } from "vitest";
import { Speaker } from "../../../src/anycast/bgp/speaker.ts";
import { testWith } from "../../support/need.ts";
import { freePort } from "../../transport/port.ts";
import { untilPeer } from "../announcer/contract.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { speakerOptions } from "../announcer/speakermaker.ts";
import { surroundings } from "../announcer/surroundings.ts";
import { prefixOf, wantedOf } from "../announcer/wanted.ts";

const run = promisify(execFile);
/** FRR does not take 127.0.0.1 as a neighbour. */
const [ROUTER, OURS] = ["127.0.0.2", "127.0.0.3"];

const CONFIG = `router bgp 4200000001
 bgp router-id 192.0.2.9
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 neighbor ${OURS} remote-as 64500
 neighbor ${OURS} timers 1 3
 neighbor ${OURS} passive
 neighbor ${OURS} disable-connected-check
 address-family ipv4 unicast
  neighbor ${OURS} activate
 exit-address-family
 address-family ipv6 unicast
  neighbor ${OURS} activate
 exit-address-family
`;

/** Starts a bgpd; what it gives asks vtysh for JSON. */
async function router(): Promise<{ port: number; ask: (command: string) => Promise<Record<string, unknown>> }> {
  const folder = await mkdtemp(join(tmpdir(), "zonecast-frr-"));
  const [config, pid, port] = [join(folder, "bgpd.conf"), join(folder, "pid"), await freePort(ROUTER)];
  await writeFile(config, CONFIG);
  const listen = ["-p", String(port), "-l", ROUTER, "-P", "0"];
  const files = ["-f", config, "-i", pid, "--vty_socket", folder];
  const bgpd = spawn("/usr/lib/frr/bgpd", ["--no_zebra", "-S", ...listen, ...files], { stdio: "ignore" });
  onTestFinished(async () => {
    bgpd.kill("SIGKILL");
    if (bgpd.exitCode === null && bgpd.signalCode === null) await once(bgpd, "exit");
    await rm(folder, { recursive: true, force: true });
  });
  const ask = async (command: string) => {
    const { stdout } = await run("vtysh", ["--vty_socket", folder, "-d", "bgpd", "-c", command]);
    return JSON.parse(stdout);
  };
  await vi.waitFor(() => ask("show bgp summary json"), { timeout: 5000, interval: 20 });
  return { port, ask };
}

const pathOf = (path: { paths?: Record<string, unknown>[] }) => path.paths?.[0] ?? {};

testWith(
  "vtysh",
  "FRR reads what we send, both families and all attributes; what it sends back is no other POP",
  async () => {
    const { port, ask } = await router();
    const at = { address: ROUTER, port };
    const neighbours = [{ at, as: 4200000001, password: undefined, hops: 0, nextHops: ["192.0.2.1", "2001:db8::1"] }];
    const dial = () => connect({ host: ROUTER, port, localAddress: OURS });
    const around = Object.assign(surroundings(), { dial });
    const speaker = new Speaker({ ...speakerOptions({ port }), neighbours }, around);
    onTestFinished(() => speaker.close());
    speaker.want(wantedOf({ [PREFIX4]: "reserve", [PREFIX6]: "draining" }));
    speaker.start();
    await untilPeer(speaker, "up");
    const show = (prefix: string) =>
      ask(`show bgp ipv${prefix.includes(":") ? 6 : 4} unicast ${prefix} json`).then(pathOf);
    await vi.waitFor(async () => {
      expect(await show(PREFIX4)).toMatchObject({
        aspath: { string: "64500 64500 64500" },
        metric: 100,
        largeCommunity: { string: "64500:1:2" },
        nexthops: [{ ip: "192.0.2.1" }],
      });
      expect(await show(PREFIX6)).toMatchObject({
        aspath: { string: "64500 64500 64500 64500" },
        metric: 200,
        community: { string: "graceful-shutdown" },
        nexthops: [{ ip: "2001:db8::1" }],
      });
    }, 8000);

    const sent = async () => {
      const { ipv4Unicast } = (await ask("show bgp summary json")) as never as Record<string, { peers: never }>;
      return (ipv4Unicast.peers as Record<string, { pfxSnt: number }>)[OURS].pfxSnt;
    };
    await vi.waitFor(async () => expect(await sent()).toBe(1), 8000);
    expect(speaker.heard(prefixOf(PREFIX4))).toBeUndefined();

    speaker.want(wantedOf({ [PREFIX6]: "up" }));
    await vi.waitFor(async () => expect(await show(PREFIX4)).toEqual({}), 8000);
    await vi.waitFor(async () => expect(await show(PREFIX6)).toMatchObject({ aspath: { string: "64500" } }), 8000);
    expect(await show(PREFIX6)).not.toHaveProperty("community");
    await vi.waitFor(() => expect(speaker.heard(prefixOf(PREFIX4))).not.toBe(true), 8000);
    expect(speaker.heard(prefixOf(PREFIX6))).toBeUndefined();
  },
);
