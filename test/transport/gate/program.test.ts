/** The gate's program does what the gate thinks: by an interpreter for whatever there may be, and by the kernel itself. */

import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { BatchSockets } from "../../../src/transport/batch.ts";
import { Assembly } from "../../../src/transport/gate/assembly.ts";
import { BUCKETS, bucketOf, Grade, NAMED, nameBucketOf, secretOf } from "../../../src/transport/gate/bucket.ts";
import { type Rules, writeProgram } from "../../../src/transport/gate/program.ts";
import { ofClasses } from "../../../src/transport/gate/shares.ts";
import { openLibc, SO_ATTACH_FILTER, SOL_SOCKET } from "../../../src/transport/libc.ts";
import { sockaddrOf } from "../../../src/transport/sockaddr.ts";
import { hasIpv6 } from "../../support/need.ts";
import { type DatagramClient, datagramClient } from "../datagrams.ts";
import { freePort } from "../port.ts";
import { echo, idOf, query } from "../queries.ts";
import { run } from "./bpf.ts";

const libc = await openLibc().catch((error: Error) => error);
const secret = secretOf(Uint32Array.of(0x12345678, 0x9e3779b8, 0x85ebca6b, 0xc2b2ae35));
const IN = 0xffffffff;
const clients: DatagramClient[] = [];

afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.close();
});

function rules(): Rules & { readonly names: Uint8Array } {
  return { grades: new Uint8Array(BUCKETS), names: new Uint8Array(BUCKETS), shares: ofClasses(1) };
}

/** Shares of 0.5: the random number says at which side one is. */
const half = { grades: new Uint8Array(BUCKETS), names: new Uint8Array(BUCKETS), shares: ofClasses(0.5) };

const address = (ipv6: boolean) =>
  ipv6
    ? fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => ({ octets, at: 8 }))
    : fc.uint8Array({ minLength: 4, maxLength: 4 }).map((octets) => ({ octets, at: 12 }));

describe.each([false, true])("IPv6: %s", (ipv6) => {
  test("each class gets its own share, whoever asks for whatever", () => {
    const assembly = new Assembly();
    const samples = fc.tuple(
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      address(ipv6),
      fc.uint8Array({ minLength: 0, maxLength: 60 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
      fc.array(fc.constantFrom(0, 1), { minLength: 5, maxLength: 5 }),
    );
    fc.assert(
      fc.property(samples, ([noise, { octets, at }, payload, grade, known, shares]) => {
        const all = { grades: noise.map((one) => one & 3), names: noise.map((one) => one >> 6) };
        const some = rules();
        for (let i = 0; i < BUCKETS; i++) {
          some.grades[i] = all.grades[i % 64];
          some.names[i] = all.names[i % 61];
        }
        const sockaddr = new Uint8Array(28);
        sockaddr.set(octets, ipv6 ? 8 : 4);
        const name = nameBucketOf(secret, payload, payload.length);
        some.grades[bucketOf(secret, ipv6, sockaddr, 0)] = grade;
        if (name >= 0) some.names[name] = known;
        some.shares.set(shares);
        writeProgram(assembly, ipv6, secret, some);
        const network = new Uint8Array(40);
        network.set(octets, at);
        const datagram = new Uint8Array(8 + payload.length);
        datagram.set(payload, 8);
        const named = name >= 0 && (known & 1) === 1 && (grade === Grade.LIGHT || grade === Grade.HEAVY);
        const { result } = run(assembly, { network, datagram }, () => 1);
        expect(result).toBe(shares[named ? NAMED : grade] === 1 ? IN : 0);
      }),
      { numRuns: 60 },
    );
  });

  test("it is short enough for systems that have 20 KB for it, and a datagram runs little of it", () => {
    const assembly = new Assembly();
    writeProgram(assembly, ipv6, secret, half);
    expect(assembly.count).toBeLessThan(2450);
    const packet = { network: new Uint8Array(40), datagram: new Uint8Array(60) };
    const low = run(assembly, packet, () => 2 ** 31 - 1);
    const high = run(assembly, packet, () => 2 ** 31);
    expect([low.result, high.result]).toEqual([IN, 0]);
    expect(low.steps).toBeLessThan(80);
  });
});

test("upper and lower case are one name, and a prefix is a /24 or a /56", () => {
  const bucket = (text: string) => nameBucketOf(secret, Buffer.from(`............${text}`), 12 + text.length);
  expect(bucket("\x03wWw\x07exAmple\x00")).toBe(bucket("\x03www\x07EXAMPLE\x00"));
  expect(bucket("\x03www\x07example\x00")).not.toBe(bucket("\x03wwx\x07example\x00"));
  const of = (text: string) => bucketOf(secret, text.includes(":"), sockaddrOf({ address: text, port: 53 }), 0);
  expect(of("192.0.2.1")).toBe(of("192.0.2.254"));
  expect(of("192.0.2.1")).not.toBe(of("192.0.3.1"));
  expect(of("2001:db8:1:200::1")).toBe(of("2001:db8:1:2ff:ffff::"));
  expect(of("2001:db8:1:200::1")).not.toBe(of("2001:db8:1:300::1"));
});

describe.skipIf(libc instanceof Error)("in the kernel", () => {
  /** A socket with a gate in which the /24 or /56 of its own address has no share. */
  async function guarded(address: string, famous: Uint8Array) {
    if (libc instanceof Error) throw libc;
    const at = { address, port: await freePort(address) };
    const batch = new BatchSockets(libc, echo(), { own: [at], shared: false, wait: 0 });
    batch.bind(at);
    const ipv6 = address.includes(":");
    const some = rules();
    some.grades[bucketOf(secret, ipv6, sockaddrOf(at), 0)] = Grade.HEAVY;
    some.shares[Grade.HEAVY] = 0;
    some.names[nameBucketOf(secret, famous, famous.length)] = 1;
    const assembly = new Assembly();
    writeProgram(assembly, ipv6, secret, some);
    const program = new Uint8Array(new ArrayBuffer(16));
    new DataView(program.buffer).setUint16(0, assembly.count, true);
    new DataView(program.buffer).setBigUint64(8, libc.address(assembly.memory), true);
    expect(libc.setsockopt(batch.descriptors[0], SOL_SOCKET, SO_ATTACH_FILTER, program, 16)).toBe(0);
    return { at, batch };
  }

  test("a prefix without a share is kept out but for a known name, and its neighbour is let in", async () => {
    const famous = query(2, "famous-name");
    const { at, batch } = await guarded("127.0.0.1", famous);
    const heavy = await datagramClient(false);
    const light = await datagramClient(false, { address: "127.0.1.1", port: 0 });
    clients.push(heavy, light);
    heavy.send(query(1, "another-name"), at);
    heavy.send(famous, at);
    light.send(query(3, "another-name"), at);
    await wait(50);
    batch.turn();
    expect((await heavy.received(1)).map(({ octets }) => idOf(octets))).toEqual([2]);
    expect((await light.received(1)).map(({ octets }) => idOf(octets))).toEqual([3]);
    batch.close();
  });

  test.skipIf(!hasIpv6())("over IPv6, too", async () => {
    const famous = query(2, "famous-name");
    const { at, batch } = await guarded("::1", famous);
    const heavy = await datagramClient(true);
    clients.push(heavy);
    heavy.send(query(1, "another-name"), at);
    heavy.send(famous, at);
    await wait(50);
    batch.turn();
    expect((await heavy.received(1)).map(({ octets }) => idOf(octets))).toEqual([2]);
    batch.close();
  });
});
