/**
 * What rate limits cost the thread that answers: processor time for each query below its limit, without sockets.
 *
 *   node test/bench/rrl.ts
 *
 * The best of many rounds counts, and the kinds take turns: whatever disturbs the machine disturbs all. What a query costs
 * the whole process, the kernel included, and the share of it that limits take, measures rrlserver.ts.
 */

import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import type { Client } from "../../src/answer/client.ts";
import { RateLimiter } from "../../src/answer/ratelimit/limiter.ts";
import { type Respond, responder } from "../../src/answer/respond.ts";
import { rrl } from "../../src/config/rrl.ts";
import { limitSetup } from "../../src/server/ratelimit/setup.ts";
import { nameFromText } from "../../src/text/name.ts";
import { Zone } from "../../src/zone/image.ts";
import { loadZone } from "../../src/zone/load.ts";
import { median, table } from "./table.ts";

const ROUNDS = 600;
/** So few that a round is over before the system gives the processor to others. */
const ROUND_QUERIES = 2000;
const QUERIES = 1 << 10;

const apex = nameFromText("small.example.");
const hosts = Array.from({ length: QUERIES }, (_, i) => `h${i} A 192.0.2.${i % 256}\n`).join("");
const source = {
  file: "small",
  bytes: Buffer.from(`$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n${hosts}`),
};
const { image } = loadZone(source, { apex, include: () => "none", now: 1_800_000_000 });
const catalogue = new Catalogue();
catalogue.set(apex, new Zone(image!));
catalogue.complete = true;

const reply = new Uint8Array(4096);
const OPT = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
const queries = Array.from({ length: QUERIES }, (_, i) =>
  Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...nameFromText(`h${i}.small.example.`), 0, 1, 0, 1, ...OPT]),
);

/** One for all queries, as a transport has it. */
class Asking implements Client {
  readonly stream = false;
  readonly encrypted = false;
  taken = 0;
  readonly octets: Uint8Array;

  constructor(octets: number) {
    this.octets = new Uint8Array(octets);
  }

  address(): Uint8Array {
    return this.octets;
  }

  seconds(): number {
    return 0;
  }
}

interface Kind {
  readonly name: string;
  readonly respond: Respond;
  readonly client: Asking;
  /** Bits of the address that change from query to query. */
  readonly spread: number;
  readonly times: number[];
}

function kind(name: string, limits: boolean, spread: number, all = 0, octets = 4): Kind {
  const config = { ...rrl.fallback, "responses-per-second": 100_000, "all-per-second": all, window: 3600 };
  const setup = limitSetup(config, [{ address: "192.0.2.53", port: 53 }]);
  const limiter = limits && setup ? new RateLimiter(setup) : undefined;
  const settings = { payload: 1232, identity: new Uint8Array(4), cookies: undefined, idle: 10, limiter };
  const respond = responder(catalogue, new Chaos("bench", undefined), settings);
  return { name, respond, client: new Asking(octets), spread, times: [] };
}

const kinds = [
  kind("none", false, 0),
  kind("none, once more", false, 0),
  kind("one prefix", true, 0),
  kind("256 prefixes", true, 8),
  kind("65,536 prefixes", true, 16),
  kind("65,536 prefixes of IPv6", true, 16, 0, 16),
  kind("16 M prefixes, more than the table has", true, 24),
  kind("256 prefixes, and a limit of all", true, 8, 100_000),
];

let seed = 12_345;

/** Nanoseconds for each query. */
function round({ respond, client, spread }: Kind): number {
  const { octets } = client;
  const mask = 2 ** spread - 1;
  let random = seed;
  const started = process.hrtime.bigint();
  for (let i = 0; i < ROUND_QUERIES; i++) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff;
    const prefix = (random >>> 7) & mask;
    octets[0] = 10 + (prefix >>> 16);
    octets[1] = prefix >>> 8;
    octets[2] = prefix;
    // A batch of 64 is some 200 µs.
    if ((i & 63) === 0) client.taken += 5;
    const query = queries[random & (QUERIES - 1)];
    respond(query, query.length, reply, client);
  }
  const spent = Number(process.hrtime.bigint() - started);
  seed = random;
  return spent / ROUND_QUERIES;
}

for (let i = 0; i < 50; i++) for (const one of kinds) round(one);
for (let i = 0; i < ROUNDS; i++) for (const one of kinds) one.times.push(round(one));
const least = (times: readonly number[]) => Math.min(...times);
const rows = kinds.map(({ name, times }) => [
  name,
  least(times).toFixed(0),
  median(times).toFixed(0),
  (least(times) - least(kinds[0].times)).toFixed(0),
  (median(times) - median(kinds[0].times)).toFixed(0),
]);
table("rate limits, for each query", [["limited by", "best ns", "median ns", "more, best", "more, median"], ...rows]);
