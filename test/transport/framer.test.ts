import fc from "fast-check";
import { expect, test } from "vitest";
import { Framer } from "../../src/transport/framer.ts";
import { frame } from "./queries.ts";

/** Small ones, empty ones, and those around the room that a connection keeps. */
const message = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 2, arbitrary: fc.uint8Array({ minLength: 500, maxLength: 520 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1000, max: 65535 }).map((length) => new Uint8Array(length).fill(length)) },
);
const messages = fc.array(message, { maxLength: 8 });

/** Cuts a stream at random places; the last chunk goes to the end. */
function cut(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < stream.length; i++) {
    const size = sizes.length === 0 ? stream.length : sizes[i % sizes.length];
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const sizes = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 700 })), { maxLength: 10 });
const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");

test("however the stream is cut, the messages are the same", () => {
  fc.assert(
    fc.property(messages, sizes, (sent, chunkSizes) => {
      const framer = new Framer();
      const got: string[] = [];
      let rests = 0;
      for (const chunk of cut(Buffer.concat(sent.map(frame)), chunkSizes)) {
        const rest = framer.take(chunk, (octets, length) => got.push(`${length} ${hex(octets)}`) > 0);
        if (rest !== undefined) rests++;
      }
      expect(rests).toBe(0);
      expect(got).toEqual(sent.map((octets) => `${octets.length} ${hex(octets)}`));
    }),
    { numRuns: 100 },
  );
});

test("a taker that stops now and then gets the same messages, none twice and none lost", () => {
  fc.assert(
    fc.property(messages, sizes, fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), (sent, chunkSizes, more) => {
      const framer = new Framer();
      const got: string[] = [];
      for (const chunk of cut(Buffer.concat(sent.map(frame)), chunkSizes)) {
        let rest: Uint8Array | undefined = chunk;
        while (rest !== undefined) {
          rest = framer.take(rest, (octets) => {
            got.push(hex(octets));
            return more[got.length % more.length];
          });
        }
      }
      expect(got).toEqual(sent.map(hex));
    }),
    { numRuns: 100 },
  );
});

test("the rest begins behind the message at which the taker stopped", () => {
  const framer = new Framer();
  const [first, second, third] = ["one", "two", "three"].map((word) => frame(Buffer.from(word)));
  const got: string[] = [];
  const stop = (octets: Uint8Array) => {
    got.push(Buffer.from(octets).toString());
    return false;
  };
  const rest = framer.take(Buffer.concat([first, second, third]), stop);
  expect(got).toEqual(["one"]);
  expect(hex(rest ?? Buffer.alloc(0))).toBe(hex(Buffer.concat([second, third])));
});

test("a taker that stops at a chunk's last message gets an empty rest, not none", () => {
  const rest = new Framer().take(frame(Buffer.from("only")), () => false);
  expect(rest).toEqual(Buffer.alloc(0));
});

test("a message that came in parts is handed out without its length", () => {
  const framer = new Framer();
  const got: string[] = [];
  for (const octet of frame(Buffer.from("slow"))) {
    framer.take(Uint8Array.of(octet), (octets) => got.push(Buffer.from(octets).toString()) > 0);
  }
  expect(got).toEqual(["slow"]);
});
