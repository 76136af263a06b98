/** DNS over TLS (RFC 7858): what is answered, and what is cut. */

import { connect as connectTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { describe, expect, test, vi } from "vitest";
import { Count, type Counters, TlsCount } from "../../src/answer/counters.ts";
import { OPENSSL } from "../support/certificate.ts";
import { echo, framed, idOf } from "./queries.ts";
import { connected, until } from "./stream.ts";
import { certificateFor, connectedTls, listeningTls } from "./tlsstream.ts";

vi.setConfig({ testTimeout: 30_000 });

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const ids = (messages: readonly Buffer[]) => messages.map(idOf);

function handshakes({ cells }: Counters) {
  const { FULL, RESUMED, FAILED, LATE, DISPLACED } = TlsCount;
  const [full, resumed, failed, late, displaced] = [FULL, RESUMED, FAILED, LATE, DISPLACED].map(
    (count) => cells[count],
  );
  return { full, resumed, failed, late, displaced };
}

/** A client that says nothing of TLS; resolves with how long it was let be, in milliseconds. */
async function silent(port: number, first: Uint8Array = new Uint8Array(0)): Promise<number> {
  const began = performance.now();
  const client = await connected(port);
  client.socket.write(first);
  await client.ended();
  return performance.now() - began;
}

describe.skipIf(!OPENSSL)("over TLS", () => {
  test("queries that are sent without waiting are all answered, and counted as what they are", async () => {
    const { port, counters } = await listeningTls();
    const client = await connectedTls(port);
    client.socket.write(Buffer.concat(numbers(300).map((id) => framed(id))));
    for (const id of numbers(100)) client.socket.write(framed(300 + id));
    expect(ids(await client.received(400))).toEqual(numbers(400));
    expect([counters.cells[TlsCount.QUERIES4], counters.cells[Count.TCP4]]).toEqual([400, 0]);
    expect(handshakes(counters)).toEqual({ full: 1, resumed: 0, failed: 0, late: 0, displaced: 0 });
  });

  test("the responder is told that nobody reads along", async () => {
    const told: boolean[] = [];
    const plain = echo();
    const { port } = await listeningTls({
      respond: (query, length, reply, client) => {
        told.push(client.encrypted && client.stream);
        return plain(query, length, reply, client);
      },
    });
    const client = await connectedTls(port);
    client.socket.write(framed(1));
    await client.received(1);
    expect(told).toEqual([true]);
  });

  test("replies that are larger than a record of TLS come whole, also to a slow reader who has said his last word", async () => {
    const { port } = await listeningTls({ respond: echo(60_000) });
    const client = await connectedTls(port, { allowHalfOpen: true });
    client.socket.pause();
    client.socket.end(Buffer.concat(numbers(100).map((id) => framed(id))));
    await sleep(200);
    client.socket.resume();
    const messages = await client.received(100);
    expect(ids(messages)).toEqual(numbers(100));
    expect(messages.every(({ length }) => length === 60_000)).toBe(true);
  });

  // RFC 7858 §3.1 and RFC 7301 §3.2: "dot", or none; whoever wants another protocol is not at the right place.
  test("ALPN is dot, or is not asked for; another one is refused", async () => {
    const { port, counters } = await listeningTls();
    const protocol = async (...ALPNProtocols: string[]) => {
      const { socket } = await connectedTls(port, ALPNProtocols.length > 0 ? { ALPNProtocols } : {});
      return (socket as TLSSocket).alpnProtocol;
    };
    expect(await protocol("h2", "dot")).toBe("dot");
    expect(await protocol()).toBe(false);
    await expect(protocol("h2")).rejects.toThrow(/no application protocol/i);
    await until(() => handshakes(counters).failed === 1, "the refusal to be counted");
  });

  // RFC 9325 §3.1.1.
  test("TLS 1.2 and 1.3 are talked, and nothing before", async () => {
    const { port } = await listeningTls();
    const version = async (maxVersion: "TLSv1.1" | "TLSv1.2" | "TLSv1.3") => {
      const client = await connectedTls(port, { minVersion: "TLSv1", maxVersion, ciphers: "DEFAULT@SECLEVEL=0" });
      client.socket.write(framed(1));
      await client.received(1);
      return (client.socket as TLSSocket).getProtocol();
    };
    expect([await version("TLSv1.3"), await version("TLSv1.2")]).toEqual(["TLSv1.3", "TLSv1.2"]);
    await expect(version("TLSv1.1")).rejects.toThrow(/protocol version/i);
  });

  test("a client of TLS 1.2 that wants to negotiate again is not followed", async () => {
    const { port } = await listeningTls();
    const client = await connectedTls(port, { maxVersion: "TLSv1.2" });
    const again = new Promise((resolve) => {
      (client.socket as TLSSocket).renegotiate({ rejectUnauthorized: false }, resolve);
      client.socket.once("error", resolve);
      client.socket.once("close", () => resolve("closed"));
    });
    expect(await again).not.toBeNull();
  });

  test("who comes back with a ticket has a short handshake, until the keys of tickets are others", async () => {
    const { port, counters, entrance } = await listeningTls();
    const first = await connectedTls(port);
    let session: Buffer | undefined;
    first.socket.on("session", (ticket: Buffer) => {
      session = ticket;
    });
    first.socket.write(framed(1));
    await until(() => session !== undefined, "a ticket");
    const reused = async () => {
      const { socket } = await connectedTls(port, session === undefined ? {} : { session });
      return (socket as TLSSocket).isSessionReused();
    };
    expect(await reused()).toBe(true);
    await until(() => handshakes(counters).resumed === 1, "it to be counted");
    expect(handshakes(counters).full).toBe(1);
    entrance.renew(certificateFor("two.example"));
    expect(await reused()).toBe(false);
  });

  test("another certificate is shown from one connection to the next, and who is there already goes on", async () => {
    const { port, entrance } = await listeningTls();
    const before = await connectedTls(port);
    entrance.renew(certificateFor("two.example"));
    const after = await connectedTls(port);
    expect([before.name(), after.name()]).toEqual(["one.example", "two.example"]);
    for (const client of [before, after]) client.socket.write(framed(7));
    for (const client of [before, after]) expect(ids(await client.received(1))).toEqual([7]);
  });
});

describe.skipIf(!OPENSSL)("what costs more than it should", () => {
  test("plain DNS is cut at once, and so are octets of no protocol", async () => {
    const { port, counters, connections } = await listeningTls({ handshakes: { seconds: 20 } });
    await silent(port, framed(1));
    await silent(port, Buffer.alloc(300, 0xff));
    await silent(port, Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    await until(() => connections.count === 0, "the slots to come back");
    expect(handshakes(counters)).toEqual({ full: 0, resumed: 0, failed: 3, late: 0, displaced: 0 });
  });

  test("a handshake that takes too long is cut, whatever comes meanwhile", async () => {
    const { port, counters, connections } = await listeningTls({ handshakes: { seconds: 0.5 } });
    expect(await silent(port)).toBeGreaterThan(450);
    // The head of a record of 512 octets, and then an octet now and then.
    const client = await connected(port);
    client.socket.write(Buffer.from("1603010200010001fc0303", "hex"));
    const drip = setInterval(() => client.socket.write(Uint8Array.of(0)), 50);
    await client.ended().finally(() => clearInterval(drip));
    await until(() => connections.count === 0, "the slots to come back");
    expect(handshakes(counters)).toMatchObject({ full: 0, late: 2 });
  });

  test("a client that goes in the midst of it leaves its place at once", async () => {
    const { port, counters, connections } = await listeningTls({ handshakes: { seconds: 20 } });
    const half = await connected(port);
    half.socket.write(Buffer.from("1603010200010001fc0303", "hex"));
    await until(() => connections.count === 1, "it to be there");
    half.socket.end();
    await until(() => connections.count === 0, "the slot to come back");
    expect(handshakes(counters)).toMatchObject({ failed: 1, late: 0 });
  });

  test("500 that do not go on with theirs cost places for 20, and an honest client none", async () => {
    const { port, counters, connections } = await listeningTls({
      handshakes: { most: 20, perClient: 20, seconds: 20 },
      limits: { connections: 1000, perClient: 1000 },
    });
    const half = numbers(500).map(() => connectTcp({ host: "127.0.0.1", port }).on("error", () => {}));
    await until(() => handshakes(counters).displaced === 480, "the flood to be there");
    expect(connections.count).toBeLessThanOrEqual(21);
    const honest = await connectedTls(port);
    honest.socket.write(framed(1));
    expect(ids(await honest.received(1))).toEqual([1]);
    expect(handshakes(counters)).toMatchObject({ full: 1, displaced: 481, late: 0 });
    for (const socket of half) socket.destroy();
    await until(() => connections.count === 1, "the slots to come back");
  });

  test("one client's handshakes displace his own, not those of others", async () => {
    const { port, counters } = await listeningTls({ handshakes: { perClient: 2 } });
    const other = connectTcp({ host: "127.0.0.1", port, localAddress: "127.0.0.2" });
    await until(() => counters.cells[TlsCount.OPEN] === 1, "the first");
    const mine = numbers(5).map(() => connectTcp({ host: "127.0.0.1", port }).on("error", () => {}));
    await until(() => handshakes(counters).displaced === 3, "three to be cut");
    expect(other.closed || other.readableEnded).toBe(false);
    for (const socket of [other, ...mine]) socket.destroy();
  });

  test("there are no more connections than allowed: the one that was idle for longest gives way, a handshake too", async () => {
    const { port, counters, connections } = await listeningTls({ limits: { connections: 3 } });
    const [half, first] = [await connected(port), await connectedTls(port)];
    const some = await Promise.all(numbers(2).map(() => connectedTls(port)));
    await half.ended();
    const more = await connectedTls(port);
    await first.ended();
    for (const one of [...some, more]) {
      one.socket.write(framed(1));
      expect(ids(await one.received(1))).toEqual([1]);
    }
    expect([connections.count, counters.cells[TlsCount.GAVE_WAY], counters.cells[Count.TCP_GAVE_WAY]]).toEqual([
      3, 2, 0,
    ]);
    for (const { socket } of [...some, more]) socket.destroy();
    await until(() => connections.count === 0, "the slots to come back");
  });

  test("who does not read, or does not end his message, is ended", async () => {
    const limits = { idle: 20, message: 0.5, unread: 0.5 };
    const { port, counters, connections } = await listeningTls({ limits, respond: echo(60_000) });
    const slow = await connectedTls(port);
    slow.socket.pause();
    slow.socket.write(Buffer.concat(numbers(400).map((id) => framed(id))));
    const partial = await connectedTls(port);
    partial.socket.write(framed(1).subarray(0, 9));
    await partial.ended();
    await until(() => connections.count === 0, "the slots to come back");
    expect([counters.cells[TlsCount.SLOW], counters.cells[TlsCount.UNREAD]]).toEqual([1, 1]);
  });

  test("a close ends those that are open, and those that shake hands", async () => {
    const { port, listener, connections } = await listeningTls();
    const open = await connectedTls(port);
    const half = await connected(port);
    await until(() => connections.count === 2, "both to be there");
    await listener.close();
    await Promise.all([open.ended(), half.ended()]);
    await until(() => connections.count === 0, "the slots to come back");
  });
});
