/** Asking a POP: over real sockets, with everything that may come back. */

import { createSocket, type Socket } from "node:dgram";
import { decode, encode, type Packet } from "dns-packet";
import { afterEach, expect, test } from "vitest";
import { asker, askSoa } from "../../../src/sync/rollout/proof.ts";

const ASKING = { timeout: 200, tries: 2, random: (below: number) => Math.floor(Math.random() * below) };

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

interface Answer {
  readonly serial?: number;
  readonly nsid?: string;
  readonly flags?: number;
  readonly change?: (reply: Buffer) => Buffer;
}

/** A server that answers the n-th question as told; none when it is told nothing. Its port, and what it was asked. */
async function server(answer: (n: number) => readonly Answer[]): Promise<{ port: number; asked: Buffer[] }> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  const asked: Buffer[] = [];
  socket.on("message", (octets, from) => {
    asked.push(octets);
    for (const one of answer(asked.length)) socket.send(replyTo(octets, one), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { port: socket.address().port, asked };
}

function replyTo(octets: Buffer, { serial, nsid, flags = 0x0400, change = (same) => same }: Answer): Buffer {
  const { id, questions } = decode(octets);
  const soa = { mname: "a", rname: "b", serial, refresh: 1, retry: 1, expire: 1, minimum: 1 };
  const options = nsid === undefined ? [] : [{ code: "NSID", data: Buffer.from(nsid) }];
  const reply = {
    ...{ type: "response", id, flags, questions },
    answers: serial === undefined ? [] : [{ type: "SOA", name: questions?.[0]?.name, ttl: 1, data: soa }],
    additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options }],
  };
  return change(encode(reply as unknown as Packet));
}

const ask = (port: number, zone = "example.com.") => askSoa(zone, { address: "127.0.0.1", port }, ASKING);

test("the serial, and who says so", async () => {
  const { port } = await server(() => [{ serial: 4_294_967_295, nsid: "lhr1" }]);
  expect(await ask(port)).toEqual({ say: "serial", pop: "lhr1", serial: 4_294_967_295 });
});

test("the question is for the zone's SOA, with NSID and a name that dns-packet can't write", async () => {
  const { port, asked } = await server(() => []);
  await ask(port, "a\\.b.\\255.example.");
  const query = asked[0] as Buffer;
  expect(query.subarray(12, 12 + 17).toString("latin1")).toBe("\x03a.b\x01\xff\x07example\x00\x00\x06");
  expect(query.subarray(-6).toString("hex")).toBe("000400030000");
});

test("an answer that is lost is asked for again, under another id", async () => {
  const { port, asked } = await server((n) => (n === 1 ? [] : [{ serial: 7, nsid: "lhr1" }]));
  expect(await ask(port)).toMatchObject({ serial: 7 });
  expect(asked.length).toBe(2);
});

test("nobody answers, in a bounded time", async () => {
  const { port, asked } = await server(() => []);
  expect(await ask(port)).toEqual({ say: "nothing", why: `no answer from 127.0.0.1@${port}` });
  expect(asked.length).toBe(2);
});

test("nobody has the port", async () => {
  const { port } = await server(() => []);
  await new Promise<void>((resolve) => sockets.pop()?.close(resolve));
  expect(await ask(port)).toEqual({ say: "nothing", why: `nobody answers at 127.0.0.1@${port}` });
});

test("a server without the zone: its response code", async () => {
  const { port } = await server(() => [{ flags: 5, nsid: "lhr1" }]);
  expect(await ask(port)).toEqual({ say: "rcode", pop: "lhr1", rcode: "REFUSED" });
});

test("a serial without authority proves nothing: a resolver may be in between", async () => {
  const { port } = await server(() => [{ serial: 7, flags: 0, nsid: "lhr1" }]);
  expect(await ask(port)).toEqual({ say: "rcode", pop: "lhr1", rcode: "NOERROR" });
});

test("a server that does not say who it is", async () => {
  const { port } = await server(() => [{ serial: 7 }]);
  expect(await ask(port)).toEqual({ say: "serial", pop: undefined, serial: 7 });
});

test("what is no answer to the question is not heard", async () => {
  const odd: readonly Answer["change"][] = [
    () => Buffer.from("no message"),
    (reply) => reply.subarray(0, 20),
    (reply) => Buffer.concat([Buffer.from([reply[0] as number, (reply[1] as number) ^ 1]), reply.subarray(2)]),
    (reply) => Buffer.concat([reply.subarray(0, 13), Buffer.from("X"), reply.subarray(14)]),
    (reply) => Buffer.concat([reply.subarray(0, 2), Buffer.from([0]), reply.subarray(3)]),
  ];
  const { port } = await server(() => [
    ...odd.map((change) => ({ serial: 6, nsid: "lhr1", ...(change && { change }) })),
    { serial: 7, nsid: "lhr1" },
  ]);
  expect(await ask(port)).toMatchObject({ say: "serial", serial: 7 });
});

test("of several addresses, the one that the POP itself answers at counts", async () => {
  const anycast = await server(() => [{ serial: 6, nsid: "fra1" }]);
  const own = await server(() => [{ serial: 7, nsid: "lhr1" }]);
  const addresses = ["no address", `127.0.0.1@${anycast.port}`, `127.0.0.1@${own.port}`];
  expect(await asker(ASKING)("lhr1", addresses, "example.com.")).toMatchObject({ pop: "lhr1", serial: 7 });
  expect(await asker(ASKING)("nyc1", addresses, "example.com.")).toMatchObject({ pop: "fra1" });
});

test("a POP that names no address", async () => {
  const proof = await asker(ASKING)("lhr1", [], "example.com.");
  expect(proof).toEqual({ say: "nothing", why: "it names no address to ask it at: set ask in its configuration" });
});
