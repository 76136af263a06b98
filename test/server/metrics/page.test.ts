/** GET /metrics of the program itself: what it says of queries that were really sent. */

import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { testWith } from "../../support/need.ts";
import { queryFromText } from "../../support/query.ts";
import { until } from "../../transport/stream.ts";
import { directoryWith, type Server, serving } from "../program.ts";
import { BROKEN, zoneText } from "../zonetext.ts";

vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

const zones = directoryWith({ "a.example.zone": zoneText(7), "b.example.zone": BROKEN });
let server: Server;

beforeAll(async () => {
  server = await serving(zones);
  for (const text of ["a.example. SOA", "a.example. SOA +edns", "x.a.example. A", "b.example. MX", "other.test. A"]) {
    await overUdp(queryFromText(text).bytes);
  }
  await overUdp(queryFromText("a.example. SOA +cookie=0102030405060708").bytes);
  await overUdp(queryFromText("a.example. SOA +cookie=010203040506070801000000000000000000000000000000").bytes);
  // A question that breaks off; and no query at all, over which nothing comes back.
  await overUdp(queryFromText("a.example. SOA").bytes.slice(0, -1));
  await overUdp(queryFromText("a.example. SOA +qr").bytes, false);
  await overTcp(queryFromText("a.example. NS").bytes, queryFromText("a.example. SOA").bytes);
  await until(async () => (await scrape()).includes('reason="not_a_query",pop="test1"} 1'), "all to be counted");
});

afterAll(() => server.stop());

async function scrape(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${server.admin}/metrics`)).text();
}

async function overUdp(query: Uint8Array, answered = true): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
  const reply = answered ? once(socket, "message") : undefined;
  socket.send(query, server.port, "127.0.0.1");
  await (reply ?? sleep(50));
  socket.close();
}

async function overTcp(...queries: Uint8Array[]): Promise<void> {
  const socket = connect(server.port, "127.0.0.1");
  socket.end(Buffer.concat(queries.flatMap((query) => [Uint8Array.of(0, query.length), query])));
  socket.resume();
  await once(socket, "close");
}

/** The samples of some metrics, without the label that all have. */
async function samples(...names: string[]): Promise<string[]> {
  return (await scrape())
    .split("\n")
    .filter((line) => names.some((name) => line.startsWith(`${name}{`)))
    .map((line) => line.replace(/,?pop="test1"/, "").replace("{}", ""));
}

test("queries and responses by transport, family, type and response code", async () => {
  // With those that the start has sent to prove each address, over UDP and TCP.
  expect(await samples("zonecast_queries_total")).toEqual([
    'zonecast_queries_total{transport="udp",family="4",type="A"} 2',
    'zonecast_queries_total{transport="udp",family="4",type="SOA"} 4',
    'zonecast_queries_total{transport="udp",family="4",type="MX"} 1',
    'zonecast_queries_total{transport="udp",family="4",type="TXT"} 1',
    'zonecast_queries_total{transport="udp",family="4",type="none"} 2',
    'zonecast_queries_total{transport="udp",family="6",type="none"} 0',
    'zonecast_queries_total{transport="tcp",family="4",type="NS"} 1',
    'zonecast_queries_total{transport="tcp",family="4",type="SOA"} 1',
    'zonecast_queries_total{transport="tcp",family="4",type="TXT"} 1',
    'zonecast_queries_total{transport="tcp",family="4",type="none"} 0',
    'zonecast_queries_total{transport="tcp",family="6",type="none"} 0',
    'zonecast_queries_total{transport="tls",family="4",type="none"} 0',
    'zonecast_queries_total{transport="tls",family="6",type="none"} 0',
  ]);
  const responses = await samples("zonecast_responses_total");
  expect(responses.filter((line) => !line.endsWith(" 0"))).toEqual([
    'zonecast_responses_total{transport="udp",family="4",rcode="NOERROR"} 5',
    'zonecast_responses_total{transport="udp",family="4",rcode="FORMERR"} 1',
    'zonecast_responses_total{transport="udp",family="4",rcode="SERVFAIL"} 1',
    'zonecast_responses_total{transport="udp",family="4",rcode="NXDOMAIN"} 1',
    'zonecast_responses_total{transport="udp",family="4",rcode="REFUSED"} 1',
    'zonecast_responses_total{transport="tcp",family="4",rcode="NOERROR"} 3',
  ]);
  expect(responses).toContain('zonecast_responses_total{transport="tcp",family="6",rcode="SERVFAIL"} 0');
});

test("cookies, EDNS, connections, and what had no response", async () => {
  expect(await samples("zonecast_cookies_total")).toEqual([
    'zonecast_cookies_total{state="none"} 10',
    'zonecast_cookies_total{state="client"} 1',
    'zonecast_cookies_total{state="valid"} 0',
    'zonecast_cookies_total{state="invalid"} 1',
  ]);
  // Three, and the two of the start.
  expect(await samples("zonecast_edns_queries_total")).toEqual(["zonecast_edns_queries_total 5"]);
  expect(await samples("zonecast_dropped_total")).toEqual([
    'zonecast_dropped_total{reason="forged"} 0',
    'zonecast_dropped_total{reason="not_a_query"} 1',
    'zonecast_dropped_total{reason="fault"} 0',
    'zonecast_dropped_total{reason="unsent"} 0',
    'zonecast_dropped_total{reason="shed"} 0',
    'zonecast_dropped_total{reason="denied"} 0',
    ...(process.platform === "linux" ? ['zonecast_dropped_total{reason="kernel"} 0'] : []),
  ]);
  expect(await samples("zonecast_tcp_connections", "zonecast_tcp_connections_total")).toEqual([
    "zonecast_tcp_connections 0",
    "zonecast_tcp_connections_total 2",
  ]);
});

test("the time of every query, in classes that add up", async () => {
  const lines = await samples("zonecast_response_seconds_bucket", "zonecast_response_seconds_count");
  const values = lines.map((line) => Number(line.split(" ")[1]));
  expect(lines[0]).toMatch(/^zonecast_response_seconds_bucket\{le="0.000001"\} \d+$/);
  expect(values).toEqual(values.toSorted((a, b) => a - b));
  // Ten over UDP, three over TCP, of which none took 0.1 s; and what was no query took its time, too.
  expect(values.slice(-2)).toEqual([13, 13]);
  const [sum] = await samples("zonecast_response_seconds_sum");
  expect(Number(sum.split(" ")[1])).toBeGreaterThan(13e-7);
});

test("zones: their states, counts, serials and ages", async () => {
  expect(await samples("zonecast_zones", "zonecast_zone_queries_total", "zonecast_zone_serial")).toEqual([
    'zonecast_zones{state="serving"} 1',
    'zonecast_zones{state="stale"} 0',
    'zonecast_zones{state="failed"} 1',
    'zonecast_zone_queries_total{zone="a.example."} 7',
    'zonecast_zone_queries_total{zone="b.example."} 1',
    'zonecast_zone_queries_total{zone="other"} 0',
    'zonecast_zone_serial{zone="a.example."} 7',
  ]);
  expect((await samples("zonecast_zone_responses_total")).filter((line) => !line.endsWith(" 0"))).toEqual([
    'zonecast_zone_responses_total{zone="a.example.",rcode="NOERROR"} 6',
    'zonecast_zone_responses_total{zone="a.example.",rcode="NXDOMAIN"} 1',
    'zonecast_zone_responses_total{zone="b.example.",rcode="SERVFAIL"} 1',
  ]);
  expect(await samples("zonecast_zone_stale")).toEqual(['zonecast_zone_stale{zone="b.example."} 1']);
  const [own] = await samples("zonecast_zone_confirmed_timestamp_seconds");
  const [oldest] = await samples("zonecast_oldest_zone_confirmed_timestamp_seconds");
  expect(oldest.split(" ")[1]).toBe(own.split(" ")[1]);
  expect(Math.abs(Number(oldest.split(" ")[1]) - Date.now() / 1000)).toBeLessThan(30);
});

test("a file that breaks makes its zone stale, with the serial that stays", async () => {
  const other = directoryWith({ "a.example.zone": zoneText(7) });
  const one = await serving(other);
  const read = async () => (await fetch(`http://127.0.0.1:${one.admin}/metrics`)).text();
  writeFileSync(join(other, "a.example.zone"), BROKEN);
  await until(async () => (await read()).includes('zonecast_zone_stale{zone="a.example.",pop="test1"} 1'), "stale");
  const text = await read();
  expect(text).toContain('zonecast_zones{state="stale",pop="test1"} 1');
  expect(text).toContain('zonecast_zone_serial{zone="a.example.",pop="test1"} 7');
  await one.stop();
});

testWith("promtool", "promtool finds nothing to object to", async () => {
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: await scrape() });
  expect([status, `${stdout}${stderr}`]).toEqual([0, ""]);
});

test("every sample says which POP it is of, and nobody keeps them", async () => {
  const response = await fetch(`http://127.0.0.1:${server.admin}/metrics`);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(response.headers.get("cache-control")).toBe("no-store");
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.filter((line) => !line.includes('pop="test1"'))).toEqual([]);
});
