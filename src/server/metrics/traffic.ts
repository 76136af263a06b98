/** What the answering threads have counted, as metrics. */

import { Count, type Counters, QUERIES, TCP_COUNTS, TIMES, Way } from "../../answer/counters.ts";
import { limitedOf, rcodesOf, sumsOf, typesOf } from "../counts.ts";
import { connectionFamilies } from "./connections.ts";
import { type Family, type Sample, samples, single } from "./family.ts";

const CONNECTIONS = {
  open: "zonecast_tcp_connections",
  opened: "zonecast_tcp_connections_total",
  ended: "zonecast_tcp_ended_total",
};

/** The labels of what came by each way. */
const WAYS = [
  { way: Way.UDP4, labels: { transport: "udp", family: "4" } },
  { way: Way.UDP6, labels: { transport: "udp", family: "6" } },
  { way: Way.TCP4, labels: { transport: "tcp", family: "4" } },
  { way: Way.TCP6, labels: { transport: "tcp", family: "6" } },
  { way: Way.TLS4, labels: { transport: "tls", family: "4" } },
  { way: Way.TLS6, labels: { transport: "tls", family: "6" } },
] as const;

/** There before the first one: the step from no series to 1 is none for an alert. */
const USUAL = { NOERROR: 0, FORMERR: 0, SERVFAIL: 0, NXDOMAIN: 0, NOTIMP: 0, REFUSED: 0 };

/** What trafficFamilies is told of the load. */
export interface LoadFacts {
  /** Datagrams that the system has dropped, where it tells. */
  readonly drops: number | undefined;
  /** Undefined when there is no overload. */
  readonly overloadedFor: number | undefined;
}

export function trafficFamilies(threads: Iterable<Counters>, { drops, overloadedFor }: LoadFacts): Family[] {
  const sums = sumsOf(threads);
  return [
    ...messages(sums),
    dropped(sums, drops),
    single(
      "zonecast_overloaded",
      "gauge",
      "1 while more queries come than are answered: of two seconds' datagrams 1 % or more were dropped, in the last ten seconds.",
      overloadedFor === undefined ? 0 : 1,
    ),
    single(
      "zonecast_gates_shut",
      "gauge",
      "Threads whose gate is shut: more comes than they can answer, and the system lets in a part of it.",
      sums[Count.GATE_SHUT],
    ),
    single(
      "zonecast_gate_kept_out_total",
      "counter",
      "Datagrams that the system dropped while a gate was shut.",
      sums[Count.GATE_KEPT_OUT],
    ),
    cookies(sums),
    limited(sums),
    responseSeconds(sums),
    ...connectionFamilies(CONNECTIONS, "TCP connections", TCP_COUNTS, sums),
    {
      name: "zonecast_acl_denied_total",
      type: "counter",
      help: "What the ACL has denied: queries that were refused or dropped, TCP connections that were closed at once.",
      values: samples("what", {
        refused: sums[Count.DENIED_REFUSED],
        dropped: sums[Count.DENIED_DROPPED],
        connection: sums[Count.DENIED_TCP],
      }),
    },
  ];
}

function messages(sums: Float64Array): Family[] {
  const untyped = WAYS.map(({ way, labels }) => ({ labels, ...questions(sums, way) }));
  return [
    {
      name: "zonecast_queries_total",
      type: "counter",
      help: 'Queries taken, by the type asked for; "none" are those in which no question could be read.',
      values: untyped.flatMap(({ labels, types, none }) => [
        ...samples("type", types, labels),
        { labels: { ...labels, type: "none" }, value: none },
      ]),
    },
    {
      name: "zonecast_responses_total",
      type: "counter",
      help: "Responses made, by response code, the whole one of EDNS.",
      values: WAYS.flatMap(({ way, labels }) => samples("rcode", { ...USUAL, ...rcodesOf(sums, way) }, labels)),
    },
    single("zonecast_edns_queries_total", "counter", "Queries with EDNS (RFC 6891).", sums[Count.EDNS]),
    single("zonecast_dnssec_ok_queries_total", "counter", "Queries with DO (RFC 3225).", sums[Count.DNSSEC_OK]),
    single("zonecast_truncated_total", "counter", "Responses with TC.", sums[Count.TRUNCATED]),
  ];
}

/** A thread may be between counting a query and its type: never less than none. */
function questions(sums: Float64Array, way: number): { types: Record<string, number>; none: number } {
  const types = typesOf(sums, way);
  const typed = Object.values(types).reduce((sum, count) => sum + count, 0);
  return { types, none: Math.max(0, sums[QUERIES[way]] - typed) };
}

function dropped(sums: Float64Array, kernel: number | undefined): Family {
  const reasons = {
    forged: sums[Count.FORGED],
    not_a_query: sums[Count.NOT_A_QUERY],
    fault: sums[Count.FAULT],
    unsent: sums[Count.UNSENT],
    shed: sums[Count.SHED],
    denied: sums[Count.DENIED_DROPPED],
    ...(kernel === undefined ? {} : { kernel }),
  };
  return {
    name: "zonecast_dropped_total",
    type: "counter",
    help:
      "Messages without a response: from a forged source, no query, a fault of ours, not taken by the system, shed as they " +
      "had waited for too long, denied by the ACL; and datagrams that the system dropped before we could read them (kernel).",
    values: samples("reason", reasons),
  };
}

function cookies(sums: Float64Array): Family {
  const [client, valid, invalid] = [Count.COOKIE_CLIENT, Count.COOKIE_VALID, Count.COOKIE_INVALID].map((i) => sums[i]);
  // Those that were not sent had cookies, too.
  let responses = sums[Count.LIMIT_DROPPED];
  for (const { way } of WAYS) for (const count of Object.values(rcodesOf(sums, way))) responses += count;
  return {
    name: "zonecast_cookies_total",
    type: "counter",
    help:
      "Queries with a response, and with one that a rate limit kept back, by the DNS cookie that they had (RFC 7873): none, or cookies are off; the client's " +
      "alone; with a valid server's; with any other.",
    values: samples("state", { none: Math.max(0, responses - client - valid - invalid), client, valid, invalid }),
  };
}

function limited(sums: Float64Array): Family {
  return {
    name: "zonecast_rate_limited_total",
    type: "counter",
    help:
      "Responses that were one too many for a client's prefix: not sent (dropped), sent without records and with TC, or as " +
      "errors are (slipped), answered by BADCOOKIE (badcookie), or sent as log-only says (logged).",
    values: samples("action", { ...limitedOf(sums) }),
  };
}

function responseSeconds(sums: Float64Array): Family {
  const name = "zonecast_response_seconds";
  const values: Sample[] = [];
  const bucket = `${name}_bucket`;
  let queries = 0;
  TIMES.forEach((milliseconds, i) => {
    queries += sums[Count.TIMES + i];
    // A number such as 2 / 1000 is as people write it; a product of 0.001 may not be.
    values.push({ metricName: bucket, labels: { le: Number((milliseconds / 1000).toPrecision(3)) }, value: queries });
  });
  queries += sums[Count.TIMES + TIMES.length];
  values.push({ metricName: bucket, labels: { le: "+Inf" }, value: queries });
  values.push({ metricName: `${name}_sum`, labels: {}, value: sums[Count.TIME] / 1000 });
  values.push({ metricName: `${name}_count`, labels: {}, value: queries });
  return {
    name,
    type: "histogram",
    help:
      "The server's own time for a query: from when it was read until its response was the system's. Queries that were " +
      "read together have even shares of the time of all.",
    values,
  };
}
