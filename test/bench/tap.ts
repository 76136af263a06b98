/**
 * What taps cost the thread that answers: processor time for each query, without sockets, with the rings emptied by the
 * bench between the rounds that are timed.
 *
 *   node test/bench/tap.ts
 *
 * The best of many rounds counts, and the kinds take turns: whatever disturbs the machine disturbs all.
 */

import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import type { Client } from "../../src/answer/client.ts";
import { type Respond, responder } from "../../src/answer/respond.ts";
import type { TapChoice } from "../../src/answer/tapchoice.ts";
import { ringMemory } from "../../src/answer/tapring.ts";
import { tapping } from "../../src/server/tap/setup.ts";
import { RingReader } from "../../src/tap/ringreader.ts";
import type { Listen } from "../../src/text/listen.ts";
import { nameFromText } from "../../src/text/name.ts";
import { Zone } from "../../src/zone/image.ts";
import { loadZone } from "../../src/zone/load.ts";
import { median, table } from "./table.ts";

const ROUNDS = 60;
const ROUND_QUERIES = 20_000;
/** A ring takes half of a round at most, and is emptied behind each of these. */
const STRETCH = 2000;
const RING = 1 << 20;

const apex = nameFromText("small.example.");
const text = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.80\nwww A 192.0.2.81\n";
const source = { file: "small", bytes: Buffer.from(text) };
const { image } = loadZone(source, { apex, include: () => "none", now: 1_800_000_000 });
const catalogue = new Catalogue();
catalogue.set(apex, new Zone(image!));
catalogue.complete = true;
const settings = { payload: 1232, identity: new Uint8Array(4), cookies: undefined, idle: 10 };

const listen: readonly Listen[] = [{ address: "127.0.0.1", port: 53 }];
const address = Uint8Array.of(192, 0, 2, 9);
const client: Client = {
  ...{ stream: false, encrypted: false, asked: listen[0], address: () => address, port: () => 4053, seconds: () => 0 },
};
const name = nameFromText("www.small.example.");
const query = Uint8Array.from([
  0,
  1,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  0,
  0,
  1,
  ...name,
  0,
  1,
  0,
  1,
  0,
  0,
  41,
  4,
  208,
  0,
  0,
  0,
  0,
  0,
  0,
]);
const reply = new Uint8Array(4096);

interface Kind {
  readonly name: string;
  readonly respond: Respond;
  readonly reader: RingReader | undefined;
  readonly times: number[];
}

function kind(title: string, choice?: Partial<TapChoice>, sample = 0): Kind {
  const bare = responder(catalogue, new Chaos("bench", undefined), settings);
  const ring = ringMemory(RING);
  const all: TapChoice = { sample: 1, zones: [], clients: [], rcodes: [], ...choice };
  const exchanges = choice === undefined ? {} : { exchanges: { ring, outputs: [{ output: 1, choice: all }] } };
  const setup = { ...exchanges, ...(sample > 0 ? { clients: { ring, sample } } : {}) };
  const taps = choice !== undefined || sample > 0;
  const respond = tapping(bare, taps ? setup : undefined, listen);
  return { name: title, respond, reader: taps ? new RingReader(ring) : undefined, times: [] };
}

const kinds = [
  kind("no tap"),
  kind("no tap, once more"),
  kind("catchment 1 in 64", undefined, 64),
  kind("query log 1 in 100", { sample: 100 }),
  kind("query log, of SERVFAIL alone", { rcodes: [2] }),
  kind("query log, of another zone", { zones: [nameFromText("other.example.")] }),
  kind("query log, of another prefix", { clients: [{ octets: Uint8Array.of(10, 0, 0, 0), length: 8 }] }),
  kind("query log of all", {}),
];

/** Nanoseconds for each query. */
function round({ respond, reader }: Kind): number {
  let spent = 0;
  for (let asked = 0; asked < ROUND_QUERIES; asked += STRETCH) {
    const started = process.hrtime.bigint();
    for (let i = 0; i < STRETCH; i++) respond(query, query.length, reply, client);
    spent += Number(process.hrtime.bigint() - started);
    reader?.drain(STRETCH, () => {});
  }
  return spent / ROUND_QUERIES;
}

for (let i = 0; i < 5; i++) for (const one of kinds) round(one);
for (let i = 0; i < ROUNDS; i++) for (const one of kinds) one.times.push(round(one));
const least = (times: readonly number[]) => Math.min(...times);
const rows = kinds.map(({ name: title, times }) => [
  title,
  least(times).toFixed(0),
  median(times).toFixed(0),
  (least(times) - least(kinds[0].times)).toFixed(0),
]);
table("taps, for each query", [["tap", "best ns", "median ns", "more"], ...rows]);
