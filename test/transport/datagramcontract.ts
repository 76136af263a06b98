/** What every UDP transport must do, whatever it is made of: run it with the transport's own `listen`. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { Respond } from "../../src/answer/respond.ts";
import { type Listen, listenToText } from "../../src/text/listen.ts";
import type { DatagramOptions } from "../../src/transport/datagrams.ts";
import { hasIpv6, hasNode24 } from "../support/need.ts";
import { type DatagramClient, datagramClient, flood } from "./datagrams.ts";
import { freePort } from "./port.ts";
import { echo, idOf, query } from "./queries.ts";
import { responderFor } from "./zones.ts";

export interface DatagramListener {
  close(): Promise<void>;
}

/** Binds one address. */
export type ListenDatagrams = (listen: Listen, respond: Respond, options: DatagramOptions) => Promise<DatagramListener>;

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
/** Any address in 127.0.0.0/8 is the machine's own on Linux only. */
const linux = process.platform === "linux";

/** Declares the tests of the contract. */
export function datagramContract(name: string, listen: ListenDatagrams): void {
  const open: DatagramListener[] = [];
  const clients: DatagramClient[] = [];

  async function listening(respond: Respond = echo(), address = "127.0.0.1", shared = false): Promise<Listen> {
    const at = { address, port: await freePort(address) };
    open.push(await listen(at, respond, { own: [at], shared }));
    return at;
  }

  async function client(...options: Parameters<typeof datagramClient>): Promise<DatagramClient> {
    const one = await datagramClient(...options);
    clients.push(one);
    return one;
  }

  async function answers(at: Listen, one?: DatagramClient): Promise<boolean> {
    const asking = one ?? (await client(at.address.includes(":")));
    const before = asking.replies.length;
    asking.send(query(before), at);
    return (await asking.received(before + 1)).length === before + 1;
  }

  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.close();
    await Promise.all(open.splice(0).map((listener) => listener.close()));
  });

  describe(name, () => {
    test("a query is answered with what the responder made of it", async () => {
      const at = await listening();
      const one = await client();
      one.send(query(77, "this.example"), at);
      const [{ octets }] = await one.received(1);
      expect(idOf(octets)).toBe(77);
      expect(octets.subarray(12)).toEqual(query(77, "this.example").subarray(12));
    });

    test.skipIf(!linux)("a reply comes from the address that was asked", async () => {
      const port = await freePort();
      const both = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, port }));
      for (const at of both) open.push(await listen(at, echo(), { own: both, shared: false }));
      for (const at of both) {
        const one = await client();
        one.send(query(1), at);
        expect((await one.received(1))[0].from).toBe(listenToText(at));
      }
    });

    test.skipIf(!hasIpv6())("IPv6 is served, beside IPv4 on the same port", async () => {
      const six = await listening(echo(), "::1");
      open.push(await listen({ address: "127.0.0.1", port: six.port }, echo(), { own: [six], shared: false }));
      const one = await client(true);
      one.send(query(6), six);
      expect((await one.received(1))[0].from).toBe(listenToText(six));
      expect(await answers({ address: "127.0.0.1", port: six.port })).toBe(true);
    });

    test("each of many clients gets its own replies", async () => {
      const at = await listening();
      const many = await Promise.all(numbers(100).map(() => client()));
      for (const i of numbers(5)) for (const [k, one] of many.entries()) one.send(query(k * 5 + i), at);
      for (const [k, one] of many.entries()) {
        const ids = (await one.received(5)).map(({ octets }) => idOf(octets)).sort((a, b) => a - b);
        expect(ids).toEqual(numbers(5).map((i) => k * 5 + i));
      }
    });

    test("ten thousand queries, hundreds at a time, are all answered but what the kernel drops", async () => {
      const at = await listening();
      const some = await Promise.all(numbers(8).map(() => client()));
      const queries = numbers(10_000).map((id) => query(id, `n${id}.example`));
      const ids = await flood(some, queries, at, 200);
      expect(ids.length).toBeGreaterThan(9900);
      expect(new Set(ids).size).toBe(ids.length);
      // A reply's octets are its own, also when it had to wait for the kernel.
      const replies = some.flatMap(({ replies }) => replies);
      const mixed = replies.filter(({ octets }) => octets.compare(queries[idOf(octets)], 12, undefined, 12) !== 0);
      expect(mixed).toEqual([]);
    });

    test("ten thousand at once, with large replies to a client that is slow, and the next is answered", async () => {
      const at = await listening(echo(4096));
      const rude = await client();
      for (const id of numbers(10_000)) rude.send(query(id), at);
      expect(await answers(at)).toBe(true);
    });

    test("what gets no reply gets none: no octets, half a header, replies", async () => {
      const at = await listening();
      const one = await client();
      for (const octets of [Buffer.alloc(0), Buffer.alloc(11), Buffer.from([0, 1, 0x80, ...new Array(9).fill(0)])]) {
        one.send(octets, at);
      }
      one.send(query(5), at);
      expect(idOf((await one.received(1))[0].octets)).toBe(5);
      await sleep(50);
      expect(one.replies).toHaveLength(1);
    });

    test("the largest query and the largest reply go through", async () => {
      const at = await listening(echo(4096));
      const one = await client();
      one.send(Buffer.concat([query(8), Buffer.alloc(4000)]), at);
      expect((await one.received(1))[0].octets.length).toBe(4096);
    });

    test("a reply ends at the size the client takes, and at ours, with TC", async () => {
      const at = await listening(responderFor("large.example", 1232));
      const one = await client();
      for (const size of [0, 512, 800, 1232, 4096]) {
        const before = one.replies.length;
        one.send(sized(size), at);
        const { octets } = (await one.received(before + 1))[before];
        expect(octets.length).toBeLessThanOrEqual(Math.min(1232, Math.max(512, size)));
        expect(octets[2] & 0x02).toBe(0x02);
      }
    });

    test.skipIf(!linux)("a datagram from a service that replies to anything gets no reply", async (context) => {
      const at = await listening();
      const chargen = await client(false, { address: "127.0.0.3", port: 19 }).catch(() => undefined);
      if (!chargen) return context.skip("binding port 19 takes root");
      chargen.send(query(1), at);
      expect(await answers(at)).toBe(true);
      expect(chargen.replies).toEqual([]);
    });

    test("a client that is gone when its reply comes harms nobody", async () => {
      const at = await listening();
      const gone = await datagramClient();
      for (const id of numbers(50)) gone.send(query(id), at);
      await new Promise<void>((resolve) => gone.socket.close(() => resolve()));
      expect(await answers(at)).toBe(true);
    });

    closing(listen, { open, listening, client, answers });
  });
}

interface Fixture {
  readonly open: DatagramListener[];
  readonly listening: (respond?: Respond, address?: string, shared?: boolean) => Promise<Listen>;
  readonly client: (...options: Parameters<typeof datagramClient>) => Promise<DatagramClient>;
  readonly answers: (at: Listen, one?: DatagramClient) => Promise<boolean>;
}

function closing(listen: ListenDatagrams, { open, listening, client, answers }: Fixture): void {
  test("close answers what has come before it", async () => {
    const at = await listening();
    const one = await client();
    // Connected, so that a send is the system call itself: all of it is in the kernel before the loop turns again.
    await new Promise<void>((resolve) => one.socket.connect(at.port, at.address, resolve));
    for (const id of numbers(200)) one.socket.send(query(id));
    await open.splice(0)[0]?.close();
    expect((await one.received(200)).map(({ octets }) => idOf(octets))).toEqual(numbers(200));
  });

  test("close is prompt in the middle of traffic, and frees the port", async () => {
    const at = await listening();
    const one = await client();
    const traffic = setInterval(() => one.send(query(1), at), 1);
    try {
      await one.received(5);
      const started = performance.now();
      await open.splice(0)[0].close();
      expect(performance.now() - started).toBeLessThan(2000);
    } finally {
      clearInterval(traffic);
    }
    open.push(await listen(at, echo(), { own: [at], shared: false }));
    expect(await answers(at)).toBe(true);
  });

  test("a port that somebody has is an error with the system's code", async () => {
    const at = await listening();
    await expect(listen(at, echo(), { own: [at], shared: false })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("so is an address that this machine does not have", async () => {
    const nowhere = { address: "203.0.113.77", port: await freePort() };
    await expect(listen(nowhere, echo(), { own: [nowhere], shared: false })).rejects.toMatchObject({
      code: "EADDRNOTAVAIL",
    });
  });

  test.skipIf(!linux || !hasNode24())("whoever is to be alone finds out about others who share", async () => {
    const at = await listening(echo(), "127.0.0.1", true);
    await expect(listen(at, echo(), { own: [at], shared: true, alone: true })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    await open.splice(0)[0].close();
    open.push(await listen(at, echo(), { own: [at], shared: true, alone: true }));
    expect(await answers(at)).toBe(true);
  });

  test.skipIf(!linux || !hasNode24())(
    "a shared address: each query is answered by one of them, and all by the one that stays",
    async () => {
      const at = await listening(echo(), "127.0.0.1", true);
      open.push(await listen(at, echo(), { own: [at], shared: true }));
      const some = await Promise.all(numbers(20).map(() => client()));
      expect(
        (
          await flood(
            some,
            numbers(400).map((id) => query(id)),
            at,
            50,
          )
        ).length,
      ).toBe(400);
      await open.splice(0, 1)[0].close();
      for (const one of some) expect(await answers(at, one)).toBe(true);
    },
  );
}

/** A query for the large RRset, with EDNS when a size is given. */
function sized(size: number): Buffer {
  const plain = query(1, "large.example");
  if (size === 0) return plain;
  const octets = Buffer.concat([plain, Buffer.from([0, 0, 41, size >> 8, size & 0xff, 0, 0, 0, 0, 0, 0])]);
  octets[11] = 1;
  return octets;
}
