/** A responder with rate limits, asked in dig's words at times of the test's choosing. */

import { Catalogue } from "../../../src/answer/catalogue.ts";
import { Chaos } from "../../../src/answer/chaos.ts";
import { ServerCookies } from "../../../src/answer/cookie.ts";
import { Count, Counters } from "../../../src/answer/counters.ts";
import { CALM_BYTES } from "../../../src/answer/ratelimit/calm.ts";
import { KINDS, Kind } from "../../../src/answer/ratelimit/kind.ts";
import { type LimitSetup, RateLimiter } from "../../../src/answer/ratelimit/limiter.ts";
import { NEWS_BYTES } from "../../../src/answer/ratelimit/news.ts";
import { tableMemory } from "../../../src/answer/ratelimit/table.ts";
import { responder } from "../../../src/answer/respond.ts";
import { ZoneCounts } from "../../../src/answer/zonecounts.ts";
import { nameFromText } from "../../../src/text/name.ts";
import { prefixFromText } from "../../../src/text/prefix.ts";
import { Flag, Rcode } from "../../../src/wire/header.ts";
import { fromHex, queryFromText } from "../../support/query.ts";
import { addressFromText, NOW, zoneFromText } from "../../support/server.ts";

const ZONE = `$TTL 60
@ SOA ns h 1 2 3 4 60
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
www AAAA 2001:db8::2
other A 192.0.2.3
a.ent A 192.0.2.4
*.wild A 192.0.2.5
*.wild.www A 192.0.2.6
sub NS ns.sub
ns.sub A 192.0.2.7
low NS ns.sub
old DNAME www
alias CNAME www
gone CNAME nothing
`;
const EXAMPLE = zoneFromText("example.", ZONE, "example");
const TEST = zoneFromText("test.", ZONE, "test");
const SECRET = Uint8Array.from(fromHex("e5e973e5a6b2a43f48e7dc849e37bfcf"));
const RATE = 3;

/** Limits of three a second of each kind, unless these say otherwise. */
export function limitsWith(more: Partial<LimitSetup> = {}): LimitSetup {
  const rates = new Array<number>(KINDS).fill(RATE);
  rates[Kind.ALL] = 0;
  return {
    ...{
      table: tableMemory(4096),
      calm: new SharedArrayBuffer(CALM_BYTES),
      news: new SharedArrayBuffer(NEWS_BYTES),
      key: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
    },
    ...{ rates, window: 5, slip: 2, demandCookies: false, logOnly: false, ipv4: 24, ipv6: 56, exempt: [] },
    ...more,
  };
}

/** Prefixes as the limiter takes them. */
export const exempting = (...texts: string[]) =>
  texts.map((text) => {
    const prefix = prefixFromText(text);
    if (!prefix) throw new Error(`no prefix: ${text}`);
    return prefix;
  });

/** What came of a query: "." an answer, "x" none, "T" a short one with TC, "C" BADCOOKIE, "E" an error. */
export interface Asked {
  readonly sign: string;
  readonly reply: Uint8Array;
}

export function limiting(setup: LimitSetup = limitsWith(), complete = true) {
  const catalogue = new Catalogue();
  catalogue.set(nameFromText("example."), EXAMPLE);
  catalogue.set(nameFromText("test."), TEST);
  catalogue.complete = complete;
  const counters = new Counters();
  const zoneCounts = new ZoneCounts();
  const cookies = new ServerCookies([SECRET]);
  const limiter = new RateLimiter(setup);
  const settings = { payload: 1232, identity: Uint8Array.from(Buffer.from("pop1")), cookies, idle: 10, limiter };
  const respond = responder(catalogue, new Chaos("pop1", undefined), settings, counters, zoneCounts);
  const room = new Uint8Array(65_535);
  let now = 1000;
  const ask = (question: string, from = "198.51.100.1"): Asked => {
    const { bytes, transport } = queryFromText(question);
    const address = addressFromText(from);
    const client = { stream: transport !== "udp", encrypted: transport === "tls", address: () => address };
    const length = respond(bytes, bytes.length, room, { ...client, seconds: () => NOW, taken: now });
    const reply = room.slice(0, length);
    return { sign: signOf(reply), reply };
  };
  return {
    ask,
    /** A sign for each query, asked in turn at one moment. */
    all: (questions: readonly string[], from?: string) => questions.map((one) => ask(one, from).sign).join(""),
    /** The same query so many times. */
    times: (count: number, question: string, from?: string) =>
      Array.from({ length: count }, () => ask(question, from).sign).join(""),
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
    counts: () => ({
      dropped: counters.cells[Count.LIMIT_DROPPED],
      slipped: counters.cells[Count.LIMIT_SLIPPED],
      cookies: counters.cells[Count.LIMIT_COOKIES],
      logged: counters.cells[Count.LIMIT_LOGGED],
      truncated: counters.cells[Count.TRUNCATED],
      replies: [...counters.cells.slice(Count.RCODE, Count.TYPE)].reduce((sum, count) => sum + count, 0),
      ofZones: zoneCounts.cells[0],
    }),
  };
}

function signOf(reply: Uint8Array): string {
  if (reply.length === 0) return "x";
  if ((reply[2] & Flag.TC) !== 0) return "T";
  const low = reply[3] & 0xf;
  if (low === (Rcode.BADCOOKIE & 0xf)) return "C";
  return low === Rcode.NOERROR || low === Rcode.NXDOMAIN ? "." : "E";
}
