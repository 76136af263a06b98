/** The announcer that the configuration names, with what it needs of the system. */

import { createHash } from "node:crypto";
import type { Announcer, AnnouncerSurroundings } from "../../anycast/announcer.ts";
import type { AnycastConfig } from "../../config/anycast.ts";
import type { AnycastSetup } from "./setup.ts";

/** Milliseconds of silence until a guard withdraws what BIRD or FRR hold: as a BGP session's hold time. */
const MS = 1000;

/** Makes the announcer; it is not started. Throws an Error that says what can't be. */
export async function makeAnnouncer(
  { as, by, bgp, bird, frr }: AnycastConfig,
  { announced, attributes }: AnycastSetup,
  pop: string,
  around: AnnouncerSurroundings,
): Promise<Announcer> {
  const prefixes = announced.map(({ prefix }) => prefix);
  // Only what is used is loaded.
  if (by === "bird") {
    const { birdAnnouncer } = await import("../../anycast/bird/announcer.ts");
    return birdAnnouncer({ socket: bird.socket, hold: bgp.hold * MS, prefixes }, around);
  }
  if (by === "frr") {
    const { frrAnnouncer } = await import("../../anycast/frr/announcer.ts");
    return frrAnnouncer({ vtysh: frr.vtysh.split(" "), hold: bgp.hold * MS, prefixes }, around);
  }
  const [{ Speaker }, { openConnections }] = await Promise.all([
    import("../../anycast/bgp/speaker.ts"),
    import("./dial.ts"),
  ]);
  const neighbours = bgp.neighbours.flatMap(({ at, as: theirs, password, hops, "next-hop": nextHops }) => {
    if (at === undefined || theirs === undefined) return [];
    return [{ at, as: theirs, password, hops, nextHops: nextHops.filter((one) => one !== undefined) }];
  });
  const connections = await openConnections(neighbours);
  const routerId = bgp["router-id"] ?? routerIdOf(pop);
  return new Speaker(
    { as: as ?? 0, routerId, hold: bgp.hold, neighbours, attributes, prefixes },
    { ...around, ...connections },
  );
}

/** RFC 6286 §2.1: any number but 0 that no other speaker of the AS has. */
function routerIdOf(pop: string): string {
  const [a, b, c] = createHash("sha256").update(pop).digest();
  return `10.${a}.${b}.${c}`;
}
