/**
 * Two network namespaces with a cable between them: the servers' own, in which this process is, and the world's, where
 * every address of 10.0.0.0/8 is at home (the honest) and 11.0.0.0/8 is where the attacker says that he is. What is sent
 * back to him is counted, and dropped as it comes out of the cable.
 */

import { setTimeout as wait } from "node:timers/promises";
import type { Command, Workplace } from "./workplace.ts";

export const SERVER_ADDRESS = "10.255.255.1";
const WORLD_ADDRESS = "10.255.255.2";
const SETTLE_MS = 20;

const COUNT_AND_DROP = `table netdev flood {
  chain back {
    type filter hook ingress device world priority 0;
    ip daddr 11.0.0.0/8 counter drop;
  }
}
`;

export interface Replied {
  readonly packets: number;
  readonly octets: number;
}

export interface World {
  /** A command as it is run out there. */
  there(command: Command): Command;
  /** What has been sent to the forged addresses so far: packets, and their octets from the IP header on. */
  replied(): Promise<Replied>;
}

/** Lays the cable. This process must be in a namespace of its own (floods.ts). */
export async function openWorld(place: Workplace): Promise<World> {
  const holder = place.start(["unshare", "--net", "sleep", "86400"]);
  const there = (command: Command) => ["nsenter", "--target", String(holder.pid), "--net", ...command];
  await untilApart(place, there);
  await place.run(["ip", "link", "add", "server", "type", "veth", "peer", "name", "world"]);
  await place.run(["ip", "link", "set", "world", "netns", String(holder.pid)]);
  await address(place, "server", `${SERVER_ADDRESS}/30`, (command) => command);
  await address(place, "world", `${WORLD_ADDRESS}/30`, there);
  await place.run(["ip", "route", "add", "default", "via", WORLD_ADDRESS]);
  await place.run(there(["ip", "route", "add", "local", "10.0.0.0/8", "dev", "lo"]));
  await place.run(["sh", "-c", `printf '%s' "$0" | "$@"`, COUNT_AND_DROP, ...there(["nft", "-f", "-"])]);
  return { there, replied: async () => counted(await place.run(there(["nft", "list", "table", "netdev", "flood"]))) };
}

/** The holder is in its own namespace a moment after it has begun. */
async function untilApart(place: Workplace, there: (command: Command) => Command): Promise<void> {
  const own = await place.run(["readlink", "/proc/self/ns/net"]);
  while ((await place.run(there(["readlink", "/proc/self/ns/net"]))) === own) await wait(SETTLE_MS);
}

async function address(
  place: Workplace,
  name: string,
  prefix: string,
  at: (command: Command) => Command,
): Promise<void> {
  await place.run(at(["ip", "link", "set", "lo", "up"]));
  await place.run(at(["ip", "address", "add", prefix, "dev", name]));
  await place.run(at(["ip", "link", "set", name, "up"]));
  for (const one of ["all", name]) await place.run(at(["sysctl", "-qw", `net.ipv4.conf.${one}.rp_filter=0`]));
}

function counted(rules: string): Replied {
  const [, packets, octets] = /counter packets (\d+) bytes (\d+)/.exec(rules) ?? [];
  return { packets: Number(packets), octets: Number(octets) };
}
