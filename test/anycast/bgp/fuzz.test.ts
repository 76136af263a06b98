/** Whatever a neighbour sends: nothing is thrown, nothing grows, and what is not understood ends the session in good order. */

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Wanted } from "../../../src/anycast/announcer.ts";
import { keepalive, LONGEST, MessageType, messageOctets } from "../../../src/anycast/bgp/message.ts";
import { isFault } from "../../../src/anycast/bgp/notification.ts";
import { type Open, openOctets, readOpen } from "../../../src/anycast/bgp/open.ts";
import { readUpdate } from "../../../src/anycast/bgp/reach.ts";
import { deadline, type Event, idleSession, type Outcome, step } from "../../../src/anycast/bgp/session.ts";
import { MessageStream } from "../../../src/anycast/bgp/stream.ts";
import { change, type Told } from "../../../src/anycast/bgp/told.ts";
import { announcement, withdrawal } from "../../../src/anycast/bgp/update.ts";
import type { Level } from "../../../src/anycast/level.ts";
import type { Prefix } from "../../../src/text/prefix.ts";
import { times } from "../../fuzz/budget.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { AS, ATTRIBUTES, makeAnnouncer } from "../announcer/speakermaker.ts";
import { surroundings } from "../announcer/surroundings.ts";
import { prefixOf, wantedOf } from "../announcer/wanted.ts";
import { messagesOf } from "./story.ts";

vi.setConfig({ testTimeout: times(20_000) });

const OWN = [PREFIX4, PREFIX6, "192.0.2.0/24", "10.0.0.0/9", "2001:db8::/33"].map(prefixOf);
const PEER: Open = { as: AS, hold: 3, id: "192.0.2.2", families: [4, 6], fourOctetAs: true, routeRefresh: true };
const TERMS = {
  name: "192.0.2.2@179",
  as: AS,
  peerAs: AS,
  routerId: "192.0.2.1",
  hold: 9,
  families: [4, 6] as const,
  own: OWN,
  secured: false,
  patience: 30_000,
};

const real = fc.constantFrom(
  openOctets(PEER),
  keepalive(),
  ...announcement(OWN.slice(0, 1), ATTRIBUTES.draining, { as: AS, interior: false, nextHop: "192.0.2.7" }),
  ...announcement(OWN.slice(1, 2), ATTRIBUTES.reserve, { as: AS, interior: true, nextHop: "::1" }),
  ...withdrawal(OWN.slice(0, 1)),
  ...withdrawal(OWN.slice(1, 2)),
  messageOctets(MessageType.Notification, [6, 2, 2, 104, 105]),
  messageOctets(MessageType.RouteRefresh, [0, 1, 0, 1]),
);
/** A real message with some octets changed: with luck, only its lengths do not fit together any more. */
const mutated = fc
  .tuple(real, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
  .map(([octets, changes]) => {
    const copy = octets.slice();
    for (const [at, octet] of changes) copy[19 + (at % Math.max(1, copy.length - 19))] = octet;
    return copy.subarray(0, octets.length);
  });
const invented = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6 as MessageType), fc.uint8Array({ maxLength: 120 }))
  .map(([type, body]) => messageOctets(type as MessageType, body));
const stream = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: real },
      { weight: 4, arbitrary: mutated },
      invented,
      fc.uint8Array({ maxLength: 60 }),
    ),
    {
      maxLength: 12,
    },
  )
  .map((pieces) => Buffer.concat(pieces));

/** All messages that a stream of octets holds, and what is wrong with what follows. */
function cut(octets: Uint8Array, chunk: number): unknown[] {
  const found: unknown[] = [];
  const cutter = new MessageStream();
  for (let at = 0; at < octets.length; at += chunk) {
    const wrong = cutter.take(octets.subarray(at, at + chunk), ({ type, body }) => {
      expect(body.length).toBeLessThanOrEqual(LONGEST - 19);
      return found.push([type, Buffer.from(body).toString("hex")]) > 0;
    });
    if (wrong) return [...found, wrong];
  }
  return found;
}

test("however a stream is cut, the same messages come out of it", () => {
  fc.assert(
    fc.property(stream, fc.constantFrom(1, 2, 5, 18, 19, 20, 64, 1000), (octets, chunk) => {
      expect(cut(octets, chunk)).toEqual(cut(octets, octets.length + 1));
    }),
    { numRuns: times(400) },
  );
});

const happening: fc.Arbitrary<Event | Uint8Array | number> = fc.oneof(
  { weight: 8, arbitrary: fc.oneof(real, mutated, invented) },
  fc.constantFrom<Event>(
    { kind: "connected" },
    { kind: "tick" },
    { kind: "lost", code: "ECONNRESET" },
    { kind: "start" },
  ),
  fc.nat(20_000),
);

const GREETING = [{ kind: "connected" } as const, openOctets(PEER), keepalive()];

test("a session never throws, says what is a message, and ends by at most one NOTIFICATION", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(happening, { maxLength: 40 }), (greeted, happenings) => {
      let session = step(TERMS, idleSession(), { kind: "start" }, { now: 0, random: 0 }).session;
      let now = 0;
      for (const one of greeted ? [...GREETING, ...happenings] : happenings) {
        if (typeof one === "number") now += one;
        for (const event of eventsOf(one)) {
          const outcome = step(TERMS, session, event, { now, random: 0.5 });
          ({ session } = outcome);
          checkOutcome(outcome, now);
        }
      }
    }),
    { numRuns: times(800) },
  );
});

function checkOutcome({ session, send, connection, reach }: Outcome, now: number): void {
  const said = send.flatMap((octets) => messagesOf(octets).map(({ type }) => type));
  expect(said).toHaveLength(send.length);
  if (said.includes(MessageType.Notification)) expect([said.length, connection]).toEqual([1, "end"]);
  // There is always something that it waits for, at most as long as the longest of its times.
  expect(deadline(session)).toBeLessThanOrEqual(now + 30_000);
  if (session.phase === "established") expect(session.hold).toBeGreaterThanOrEqual(3000);
  for (const prefix of reach?.announced ?? []) expect(OWN).toContain(prefix);
}

function eventsOf(happening: Event | Uint8Array | number): Event[] {
  if (typeof happening === "number") return [{ kind: "tick" }];
  if (!(happening instanceof Uint8Array)) return [happening];
  return messagesOf(happening).map((message) => ({ kind: "message", message }));
}

test("any body of an OPEN or an UPDATE is read or refused", () => {
  const bodies = fc.oneof(mutated, invented).map((octets) => octets.subarray(19));
  fc.assert(
    fc.property(bodies, (body) => {
      if (body.length >= 10) readOpen(body);
      if (body.length < 4) return;
      const read = readUpdate(body, OWN);
      if (isFault(read)) expect(read.code).toBe(3);
      else expect(read.announced.length + read.withdrawn.length).toBeLessThan(body.length);
    }),
    { numRuns: times(2000) },
  );
});

test("an OPEN that was written reads as it was", () => {
  const open: fc.Arbitrary<Open> = fc.record({
    as: fc.integer({ min: 1, max: 0xffffffff }),
    hold: fc.nat(65_535),
    id: fc.ipV4(),
    families: fc.subarray([4, 6] as const, { minLength: 1 }),
    fourOctetAs: fc.constant(true),
    routeRefresh: fc.boolean(),
  });
  fc.assert(
    fc.property(open, (one) => {
      expect(readOpen(openOctets(one).subarray(19))).toEqual(one);
    }),
    { numRuns: times(300) },
  );
});

const level = fc.constantFrom<Level>("up", "reserve", "draining", "off");
const wish = fc.array(level, { minLength: OWN.length, maxLength: OWN.length });

test("what a neighbour has after all changes is what was wanted last; nothing is said twice", () => {
  const manner = { as: AS, interior: true, levels: ATTRIBUTES, nextHops: { 4: "192.0.2.1", 6: "::1" } };
  fc.assert(
    fc.property(fc.array(wish, { minLength: 1, maxLength: 12 }), (wishes) => {
      let told: Told = new Map();
      const has = new Map<string, number>();
      for (const levels of wishes) {
        const wanted: Wanted[] = OWN.map((prefix, i) => ({ prefix, level: levels[i] }));
        const differing = wanted.filter(({ prefix, level }) => level !== (told.get(prefix.text)?.level ?? "off"));
        const changed = change(told, wanted, manner);
        ({ told } = changed);
        const said = changed.send.flatMap((octets) => apply(octets, has));
        expect(said.map(({ text }) => text).sort()).toEqual(differing.map(({ prefix }) => prefix.text).sort());
        expect([...has.keys()].sort()).toEqual(
          wanted
            .filter((one) => one.level !== "off")
            .map((one) => one.prefix.text)
            .sort(),
        );
        expect(change(told, wanted, manner).send).toEqual([]);
        // As many messages as there are kinds of changes.
        const kinds = new Set(differing.map((one) => `${one.prefix.family} ${one.level}`));
        expect(changed.send).toHaveLength(kinds.size);
      }
    }),
    { numRuns: times(200) },
  );
});

/** The neighbour's side: takes an UPDATE, and gives the prefixes that it was about. */
function apply(octets: Uint8Array, has: Map<string, number>): readonly Prefix[] {
  const read = readUpdate(octets.subarray(19), OWN);
  if (isFault(read)) throw new Error("an UPDATE of ours that can't be read");
  for (const { text } of read.withdrawn) has.delete(text);
  for (const { text } of read.announced) has.set(text, 1);
  return [...read.announced, ...read.withdrawn];
}

test("a neighbour that sends rubbish is dialled again, and announced to once it makes sense", async () => {
  const scripts = fc.sample(stream, { numRuns: times(20), seed: 7 });
  for (const script of scripts) await rubbish(script);
});

/** A neighbour whose first session is rubbish, and whose second one is not. */
async function rubbish(script: Buffer): Promise<void> {
  const sockets: Socket[] = [];
  let announced = false;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.write(openOctets(PEER));
    socket.write(keepalive());
    if (sockets.length === 1) socket.end(script);
    else socket.on("data", (chunk) => (announced ||= chunk.includes(Buffer.of(24, 198, 51, 100))));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const speaker = makeAnnouncer(
    { port: (server.address() as AddressInfo).port },
    { ...surroundings(), random: () => 0 },
  );
  speaker.want(wantedOf({ [PREFIX4]: "up" }));
  speaker.start();
  try {
    await vi.waitFor(() => expect(announced).toBe(true), { timeout: 5000, interval: 5 });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await speaker.close();
  }
}

test("a neighbour that asks for all again and again, and reads nothing, is left", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.pause();
    socket.write(Buffer.concat([openOctets(PEER), keepalive()]));
    const ask = Buffer.concat(Array.from({ length: 500 }, () => messageOctets(MessageType.RouteRefresh, [0, 1, 0, 1])));
    const more = () => {
      if (!socket.destroyed) socket.write(ask, () => setImmediate(more));
    };
    if (sockets.length === 1) more();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const speaker = makeAnnouncer({ port: (server.address() as AddressInfo).port }, surroundings());
  onTestFinished(() => speaker.close());
  speaker.want(wantedOf({ [PREFIX4]: "up" }));
  speaker.start();
  await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(1), { timeout: 15_000, interval: 20 });
});
