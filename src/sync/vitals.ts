/**
 * How a POP is doing, as it says in its reports: enough for a view of the fleet, of constant size whatever the number of
 * zones. Any POP may write what it likes: what is no vitals is left out.
 */

/** Where a POP is, for maps. */
export interface Place {
  /** Degrees, north and east positive. */
  readonly latitude: number;
  readonly longitude: number;
  /** "London, UK"; the POP's name when it is not said. */
  readonly name?: string;
}

/** Queries since the start, by transport and family. */
export type Queries = Readonly<Record<"udp4" | "udp6" | "tcp4" | "tcp6" | "tls4" | "tls6", number>>;

/** A prefix of clients, and the queries that were seen from it, as a share of all (0 to 1). */
export interface ClientShare {
  readonly prefix: string;
  readonly share: number;
}

/** A prefix of ours went up or down. */
export interface Transition {
  /** As Date.toISOString, by the POP's clock. */
  readonly at: string;
  readonly prefix: string;
  readonly to: string;
  readonly why?: string;
}

export interface Vitals {
  readonly place?: Place;
  /** When the process was started, as Date.toISOString. */
  readonly started: string;
  /** Queries in each of the last whole seconds before the report, the oldest first; our own probes are left out. */
  readonly qps: readonly number[];
  /** Replies by response code since the start, and queries by type. */
  readonly rcodes: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
  /** Queries since the start, by transport and family. */
  readonly queries: Queries;
  /** Queries without a reply since the start, for whatever reason. */
  readonly dropped: number;
  /** The busiest prefixes of clients, the busiest first; empty where nobody samples them. */
  readonly clients: readonly ClientShare[];
  /** The last ones, the newest first. */
  readonly transitions: readonly Transition[];
}

export const QPS_MOST = 30;
export const CLIENTS_MOST = 20;
export const TRANSITIONS_MOST = 20;
/** Letters of a text that is believed. */
const TEXT_MOST = 400;

type Read<T> = { readonly [K in keyof T]?: unknown };

/** The vitals in what was read from JSON; undefined for what is none. */
export function readVitals(read: unknown): Vitals | undefined {
  const { place, started, qps, rcodes, types, queries, dropped, clients, transitions } = (read ?? {}) as Read<Vitals>;
  // Older releases do not talk TLS.
  const { udp4, udp6, tcp4, tcp6, tls4 = 0, tls6 = 0 } = (queries ?? {}) as Read<Queries>;
  const ways = { udp4, udp6, tcp4, tcp6, tls4, tls6 };
  if (!isText(started) || !isCount(dropped) || !Object.values(ways).every(isCount)) {
    return undefined;
  }
  const where = placeOf(place);
  return {
    ...(where === undefined ? {} : { place: where }),
    started,
    qps: listOf(qps, QPS_MOST).filter(isCount),
    rcodes: countsOf(rcodes),
    types: countsOf(types),
    queries: ways as Queries,
    dropped,
    clients: listOf(clients, CLIENTS_MOST).flatMap(clientOf),
    transitions: listOf(transitions, TRANSITIONS_MOST).flatMap(transitionOf),
  };
}

/** A place in what was read; undefined for what is none. */
function placeOf(read: unknown): Place | undefined {
  const { latitude, longitude, name } = (read ?? {}) as Read<Place>;
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return undefined;
  return { latitude, longitude, ...(isText(name) ? { name } : {}) };
}

function clientOf(read: unknown): ClientShare[] {
  const { prefix, share } = (read ?? {}) as Read<ClientShare>;
  return isText(prefix) && isCount(share) && share <= 1 ? [{ prefix, share }] : [];
}

function transitionOf(read: unknown): Transition[] {
  const { at, prefix, to, why } = (read ?? {}) as Read<Transition>;
  return isText(at) && isText(prefix) && isText(to) ? [{ at, prefix, to, ...(isText(why) ? { why } : {}) }] : [];
}

function countsOf(read: unknown): Record<string, number> {
  const pairs = Object.entries(typeof read === "object" && read !== null ? read : {});
  return Object.fromEntries(pairs.filter(([name, count]) => isText(name) && isCount(count)).slice(0, 300));
}

function listOf(read: unknown, most: number): readonly unknown[] {
  return Array.isArray(read) ? read.slice(0, most) : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= TEXT_MOST;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isWithin(value: unknown, most: number): value is number {
  return typeof value === "number" && Math.abs(value) <= most;
}
