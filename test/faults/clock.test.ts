/**
 * The clock jumps: ahead by more than a year, back by ten, and to where it was. Lost: nothing. Whoever has a cookie of another time
 * is answered, and gets one of this time (RFC 9018 §4.3).
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { decode, encode, type Packet } from "dns-packet";
import { expect, test, vi } from "vitest";
import { directoryWith, serving } from "../server/program.ts";
import { zoneText } from "../server/zonetext.ts";
import { hasNode24 } from "../support/need.ts";
import { connected, until } from "../transport/stream.ts";
import { faults, framedQuery } from "./faulty.ts";
import { lostOf, outcomesOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const NAME = "www.a.example";
const COOKIE = 10;
const CLIENT = Buffer.from("2464c4abcf10c957", "hex");
const DAY_MS = 86_400_000;
/** The time that a test may take between a look at the clock and another. */
const NEAR_S = 30;

interface Answer {
  readonly rcode: string;
  readonly cookie: Buffer;
  /** Of the server's part (RFC 9018 §4), in seconds. */
  readonly made: number;
}

/** Asks with a cookie. */
async function askWith(port: number, cookie: Buffer): Promise<Answer> {
  const options = [{ code: COOKIE, data: cookie }];
  const opt = { type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options };
  const query = { type: "query", id: 1, questions: [{ type: "TXT", name: NAME }], additionals: [opt] };
  const socket = createSocket("udp4");
  try {
    socket.send(encode(query as unknown as Packet), port, "127.0.0.1");
    const [octets] = (await once(socket, "message", { signal: AbortSignal.timeout(5000) })) as [Buffer];
    const { rcode, additionals = [] } = decode(octets) as unknown as Packet & { rcode: string };
    const found = additionals.find(({ type }) => type === "OPT") as unknown as {
      options: readonly { code: number; data: Buffer }[];
    };
    const data = found.options.find(({ code }) => Number(code) === COOKIE)?.data ?? Buffer.alloc(0);
    return { rcode, cookie: data, made: data.readUInt32BE(CLIENT.length + 4) };
  } finally {
    socket.close();
  }
}

test.skipIf(!hasNode24())("the clock jumps ahead and back", async () => {
  const zones = directoryWith({ "a.example.zone": zoneText(1) });
  const { env, clock } = faults();
  const server = await serving(zones, [], { env });
  const load = await steady(server.port, NAME, 500);
  const held = await connected(server.port);
  let { cookie } = await askWith(server.port, CLIENT);
  const jumps = [400 * DAY_MS, -3650 * DAY_MS, 0];
  for (const [i, wrong] of jumps.entries()) {
    clock(wrong);
    const now = () => (Date.now() + wrong) / 1000;
    await until(
      async () => Math.abs((await askWith(server.port, CLIENT)).made - now()) < NEAR_S,
      "the threads to see it",
    );
    // One of them has; the others look again within 10 ms.
    await setTimeout(100);
    // One of the time before the jump: too old, or from the future.
    const answer = await askWith(server.port, cookie);
    expect(answer.rcode).toBe("NOERROR");
    expect(Math.abs(answer.made - now())).toBeLessThan(NEAR_S);
    cookie = answer.cookie;
    // Files are seen to change, whatever time they have.
    writeFileSync(join(zones, "a.example.zone"), zoneText(2 + i));
    await until(async () => (await server.ask(NAME)) === `v${2 + i}`, `version ${2 + i}`);
    const { zones: shown } = await server.status();
    expect(Math.abs(Date.parse(shown[0]?.loaded ?? "") / 1000 - now())).toBeLessThan(NEAR_S);
    const metrics = await (await fetch(`http://127.0.0.1:${server.admin}/metrics`)).text();
    expect(metrics.split("\n").filter((line) => /_seconds(?:\{.*\})? -/.test(line))).toEqual([]);
    // The idle time of a connection is no matter of the clock.
    held.socket.write(framedQuery(i, NAME));
    await held.received(i + 1);
  }
  const sent = await load.stop();
  expect(lostOf(sent)).toEqual([]);
  expect(Object.keys(outcomesOf(sent))).toEqual(["v1", "v2", "v3", "v4"]);
  expect(server.log().filter(({ level }) => level !== "info")).toEqual([]);
  expect(server.log("thread.restarted")).toEqual([]);
  held.socket.destroy();
  expect((await server.stop()).code).toBe(0);
});
