/** A fleet that is not there: tests say what it is like, and a page can't tell. */

import type { FleetSource } from "../../src/dashboard/source.ts";
import type { FleetSnapshot, PopSnapshot, PushSnapshot, ZoneSnapshot } from "../../src/sync/fleetview/snapshot.ts";
import type { Vitals } from "../../src/sync/vitals.ts";

/** A source that shows what it was given last. */
export class SimulatedFleet implements FleetSource {
  now: FleetSnapshot;
  asked: { zones?: number; search?: string }[] = [];
  readonly listeners = new Set<() => void>();

  constructor(now: FleetSnapshot) {
    this.now = now;
  }

  snapshot(options: { zones?: number; search?: string } = {}): FleetSnapshot {
    this.asked.push(options);
    const found = this.now.zones.filter(({ zone }) => zone.includes(options.search ?? ""));
    return { ...this.now, zones: found.slice(0, options.zones ?? found.length) };
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => void this.listeners.delete(changed);
  }

  /** Shows this from now on, and says so. */
  become(change: Partial<FleetSnapshot>): void {
    this.now = { ...this.now, at: new Date().toISOString(), ...change };
    for (const listener of this.listeners) listener();
  }

  /** Changes one POP. */
  change(name: string, change: Partial<PopSnapshot>): void {
    this.become({ pops: this.now.pops.map((one) => (one.pop === name ? { ...one, ...change } : one)) });
  }
}

const MINUTE = 60_000;

function before(minutes: number): string {
  return new Date(Date.now() - minutes * MINUTE).toISOString();
}

/** Vitals of a POP at a place. */
export function vitals(place: Vitals["place"], rate = 1200): Vitals {
  const qps = Array.from({ length: 30 }, (_, i) =>
    Math.round(rate * (1 + 0.12 * Math.sin(i / 4) + 0.03 * ((i * 7) % 5))),
  );
  return {
    ...(place ? { place } : {}),
    started: before(60 * 31),
    qps,
    rcodes: { NOERROR: rate * 8000, NXDOMAIN: rate * 1400, REFUSED: rate * 12, SERVFAIL: rate },
    types: { A: rate * 4100, AAAA: rate * 2900, HTTPS: rate * 1300, MX: rate * 220, TXT: rate * 180, NS: rate * 60 },
    queries: {
      udp4: rate * 6000,
      udp6: rate * 3000,
      tcp4: rate * 200,
      tcp6: rate * 80,
      tls4: rate * 9,
      tls6: rate * 4,
    },
    dropped: 31,
    clients: [
      { prefix: "198.51.100.0/24", share: 0.214 },
      { prefix: "203.0.113.0/24", share: 0.171 },
      { prefix: "2001:db8:4f::/48", share: 0.118 },
      { prefix: "192.0.2.0/24", share: 0.064 },
    ],
    transitions: [{ at: before(42), prefix: "192.0.2.0/24", to: "up", why: "probes are good for 10 s" }],
  };
}

/** A POP that is well. */
export function pop(name: string, place?: Vitals["place"], more: Partial<PopSnapshot> = {}, rate = 1200): PopSnapshot {
  return {
    pop: name,
    state: "announcing",
    why: undefined,
    groups: ["world"],
    release: "0.1.0",
    heard: new Date().toISOString(),
    services: [
      {
        service: "dns",
        prefixes: [
          { prefix: "192.0.2.0/24", level: "up" },
          { prefix: "2001:db8:53::/48", level: "up" },
        ],
        phase: "up",
        why: undefined,
        plan: undefined,
        ask: undefined,
      },
    ],
    zones: 4,
    digest: "5f3a9c0de1b27746",
    agrees: true,
    behind: 0,
    since: undefined,
    refusals: 0,
    refused: [],
    vitals: vitals(place, rate),
    ...more,
  };
}

/** A zone that all of these serve. */
export function zone(name: string, pops: readonly string[], more: Partial<ZoneSnapshot> = {}): ZoneSnapshot {
  return {
    zone: name,
    version: 12,
    serial: 2026112904,
    records: 1834,
    digest: "ab".repeat(32),
    at: before(3),
    by: "ops@noc",
    action: "push",
    rollout: undefined,
    cells: pops.map((one) => ({ pop: one, state: "serves", serial: 2026112904, why: undefined })),
    ...more,
  };
}

/** A push that came to these after so many milliseconds. */
export function push(
  name: string,
  took: Readonly<Record<string, number>>,
  more: Partial<PushSnapshot> = {},
): PushSnapshot {
  const pops = Object.entries(took).map(([one, servingMs]) => ({
    pop: one,
    received: before(3),
    fetchedMs: servingMs * 0.4,
    compiledMs: servingMs * 0.8,
    servingMs,
  }));
  return {
    zone: name,
    id: 7,
    version: 12,
    serial: 2026112904,
    at: before(3),
    action: "push",
    pops,
    missing: [],
    ...more,
  };
}

export const LONDON = { latitude: 51.51, longitude: -0.13, name: "London, UK" };
export const TOKYO = { latitude: 35.68, longitude: 139.69, name: "Tokyo, JP" };
export const SAO_PAULO = { latitude: -23.55, longitude: -46.63, name: "São Paulo, BR" };

/** Three POPs, two zones, one push. */
export function threePops(): FleetSnapshot {
  const names = ["gru1", "lon1", "nrt1"];
  return {
    at: new Date().toISOString(),
    store: { where: "sqlite:/var/lib/zonecast/store.db", why: undefined },
    pops: [pop("gru1", SAO_PAULO, {}, 400), pop("lon1", LONDON, {}, 2600), pop("nrt1", TOKYO, {}, 1300)],
    zoneCount: 2,
    zones: [zone("example.com.", names), zone("example.org.", names)],
    pushes: [push("example.com.", { gru1: 210, lon1: 38, nrt1: 164 })],
  };
}
