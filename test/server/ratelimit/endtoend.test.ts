/**
 * The whole program under a flood from one prefix: what that gets, however many threads answer, what others get, and how an
 * honest client of the prefix gets on. Clients are at addresses of their own in 127.0.0.0/8.
 */

import { execFile } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { Flag, Rcode } from "../../../src/wire/header.ts";
import { hasNode24, testWith } from "../../support/need.ts";
import { queryFromText } from "../../support/query.ts";
import { until } from "../../transport/stream.ts";
import { configured } from "../configured.ts";
import { directoryWith, type Server } from "../program.ts";

const run = promisify(execFile);
const ZONE = '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\na TXT "here"\n*.w TXT "wild"\n';
const RATE = 20;
/** Sockets of a flood: the system spreads them over the threads. */
const SOCKETS = 12;

const sockets: Socket[] = [];
afterAll(() => {
  for (const socket of sockets) socket.close();
});

const limited = (yaml: string) => {
  const zones = directoryWith({ "example.zone": ZONE });
  const rates = `responses-per-second: ${RATE}, window: 2, exempt-own: false`;
  const text = `pop: lhr1\nworkers: 2\nzones: ${zones}\nrrl: { ${rates}, ${yaml} }\n`;
  return configured(join(directoryWith({ "pop.yaml": text }), "pop.yaml"));
};

/** What came back for a flood: answers, short ones with TC, BADCOOKIE; and how many seconds it all took. */
interface Got {
  answers: number;
  truncated: number;
  badcookie: number;
  seconds: number;
}

/** Sends so many queries from an address, over several sockets, and waits for what comes. */
async function flood(server: Server, from: string, count: number, question: (i: number) => string): Promise<Got> {
  const got: Got = { answers: 0, truncated: 0, badcookie: 0, seconds: 0 };
  const open = Array.from({ length: SOCKETS }, () => createSocket("udp4"));
  sockets.push(...open);
  for (const socket of open) {
    socket.on("message", (reply) => {
      if ((reply[2] & Flag.TC) !== 0) got.truncated++;
      else if ((reply[3] & 0xf) === (Rcode.BADCOOKIE & 0xf)) got.badcookie++;
      else got.answers++;
    });
    socket.bind(0, from);
  }
  await Promise.all(open.map((socket) => once(socket, "listening")));
  const begun = performance.now();
  for (let i = 0; i < count; i++) open[i % SOCKETS].send(queryFromText(question(i)).bytes, server.port, "127.0.0.1");
  while (!(await settled(got)));
  got.seconds = (performance.now() - begun) / 1000;
  return got;
}

/** Nothing more has come for a while. */
async function settled(got: Got): Promise<boolean> {
  const before = JSON.stringify(got);
  await new Promise((resolve) => setTimeout(resolve, 300));
  return before === JSON.stringify(got);
}

const dig = async (server: Server, from: string, ...args: string[]) =>
  (await run("dig", ["@127.0.0.1", "-p", `${server.port}`, "-b", from, "+tries=1", ...args])).stdout;

describe.skipIf(!hasNode24()).each(["auto", "dgram"])("a server with rate limits, %s", (transport) => {
  const make = (yaml: string) => limited(`${yaml} }\ntransport: ${transport}\ncookies: { enabled: true`);

  test("a flood from a prefix gets what its rate gives, from all threads together; others get all they ask for", async () => {
    const server = await make("slip: 2");
    const sent = 400;
    const got = await flood(server, "127.9.1.1", sent, () => "a.example TXT");
    expect(got.answers).toBeGreaterThanOrEqual(RATE);
    expect(got.answers).toBeLessThanOrEqual(RATE + Math.ceil(got.seconds * RATE));
    const { limited: now } = (await server.status()).counts;
    expect(now.slipped).toBe(got.truncated);
    expect(now.dropped + now.slipped + got.answers).toBe(sent);
    // One in two of them, whichever thread refused it.
    expect(got.truncated / (sent - got.answers)).toBeGreaterThan(0.4);
    expect(got.truncated / (sent - got.answers)).toBeLessThan(0.6);
    expect(await flood(server, "127.9.2.1", RATE, () => "a.example TXT")).toMatchObject({
      answers: RATE,
      truncated: 0,
    });
    const names = await flood(server, "127.9.3.1", 300, (i) => `n${i}.w.example TXT`);
    expect(names.answers).toBeLessThanOrEqual(RATE + Math.ceil(names.seconds * RATE));
    await server.stop();
  });
});

describe.skipIf(!hasNode24())("a server with rate limits", () => {
  testWith(
    "dig",
    "an honest client of a flooded prefix comes by TCP; the log tells when it began and was over",
    async () => {
      const server = await limited("slip: 1");
      await flood(server, "127.9.1.1", 200, () => "a.example TXT");
      const shown = await dig(server, "127.9.1.77", "+nocookie", "a.example", "TXT");
      expect(shown).toContain(";; Truncated, retrying in TCP mode.");
      expect(shown).toContain('TXT\t"here"');
      await until(() => server.log("ratelimit.started").length > 0, "the log to tell of the prefix");
      expect(server.log("ratelimit.started")).toMatchObject([
        { level: "warn", prefix: "127.9.1.0/24", kind: "answers", rate: RATE },
      ]);
      await until(() => server.log("ratelimit.ended").length > 0, "the log to tell that it is over");
      expect(server.log("ratelimit.ended")).toMatchObject([{ level: "info", prefix: "127.9.1.0/24" }]);
      expect(await dig(server, "127.9.1.77", "+nocookie", "+ignore", "a.example", "TXT")).toContain('TXT\t"here"');
      const metrics = await (await fetch(`http://127.0.0.1:${server.admin}/metrics`)).text();
      expect(metrics).toMatch(/zonecast_rate_limited_total\{action="slipped",pop="lhr1"\} [1-9]/);
      expect(metrics).toContain('zonecast_rate_limited_total{action="dropped",pop="lhr1"} 0');
      await server.stop();
    },
  );

  testWith("dig", "where cookies are demanded, it stays with UDP", async () => {
    const server = await limited("slip: 0, demand-cookies: true");
    const got = await flood(server, "127.9.1.1", 200, () => "a.example TXT +cookie=0102030405060708");
    expect(got.answers + got.badcookie).toBe(200);
    expect(got.badcookie).toBeGreaterThan(0);
    const { tcp4 } = (await server.status()).counts.queries;
    const shown = await dig(server, "127.9.1.77", "a.example", "TXT");
    expect(shown).toContain(";; BADCOOKIE, retrying.");
    expect(shown).toContain('TXT\t"here"');
    expect((await server.status()).counts.queries).toMatchObject({ tcp4 });
    await server.stop();
  });
});
