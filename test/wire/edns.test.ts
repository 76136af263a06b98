/** The OPT of queries (RFC 6891 §6.1). */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Edns, MIN_UDP } from "../../src/wire/edns.ts";

/** Type OPT, size, extended code, version, flags, RDLENGTH, RDATA: an OPT from its type field on. */
function opt(size: number, version: number, flags: number, rdata: readonly number[]): Uint8Array {
  return Uint8Array.from([
    0,
    41,
    size >>> 8,
    size & 0xff,
    0,
    version,
    flags >>> 8,
    flags & 0xff,
    rdata.length >>> 8,
    rdata.length & 0xff,
    ...rdata,
  ]);
}

function option(code: number, data: readonly number[]): number[] {
  return [code >>> 8, code & 0xff, data.length >>> 8, data.length & 0xff, ...data];
}

function read(bytes: Uint8Array): Edns | undefined {
  const edns = new Edns();
  return edns.read(bytes, 0, bytes.length) ? edns : undefined;
}

const zeros = (length: number) => new Array<number>(length).fill(0);

test("size, version and DO", () => {
  expect(read(opt(1232, 0, 0x8000, []))).toMatchObject({ present: true, udpSize: 1232, version: 0, dnssecOk: true });
  expect(read(opt(0, 0, 0x7fff, []))).toMatchObject({ udpSize: MIN_UDP, dnssecOk: false });
  expect(read(opt(65535, 0, 0, []))).toMatchObject({ udpSize: 65535 });
});

test("each option that is answered to is noticed, others are passed over", () => {
  const all = [option(65001, [1, 2]), option(3, []), option(11, []), option(12, [0, 0]), option(19, [])].flat();
  expect(read(opt(1232, 0, 0, all))).toMatchObject({ nsid: true, keepalive: true, padding: true, zoneVersion: true });
  const cookie = [...option(8, [0, 1, 0, 0]), ...option(10, zeros(8))];
  expect(read(opt(1232, 0, 0, cookie))).toMatchObject({ cookie: 10 + 8 + 4, cookieLength: 8, nsid: false });
});

test("a cookie has 8 octets or 16 to 40 (RFC 7873 §5.2.2), and the first one counts", () => {
  for (let length = 0; length <= 50; length++) {
    const fits = length === 8 || (length >= 16 && length <= 40);
    expect(read(opt(1232, 0, 0, option(10, zeros(length)))) !== undefined, `${length}`).toBe(fits);
  }
  const two = [...option(10, zeros(24)), ...option(10, zeros(8))];
  expect(read(opt(1232, 0, 0, two))).toMatchObject({ cookieLength: 24 });
});

test("options that run past the end are malformed, unless the version is not ours to read", () => {
  for (const rdata of [[0], [0, 3], [0, 3, 0], [0, 3, 0, 1], [0, 3, 0, 0, 9], [0xff, 0xff, 0xff, 0xff]]) {
    expect(read(opt(1232, 0, 0, rdata))).toBeUndefined();
    expect(read(opt(1232, 1, 0, rdata))).toMatchObject({ version: 1 });
  }
});

test("any list of whole options is read; clear forgets it", () => {
  const lists = fc.array(fc.tuple(fc.integer({ min: 100, max: 65535 }), fc.array(fc.nat(255), { maxLength: 20 })));
  const property = fc.property(lists, fc.nat(65535), (list, size) => {
    const edns = read(
      opt(
        size,
        0,
        0x8000,
        list.flatMap(([code, data]) => option(code, data)),
      ),
    );
    expect(edns).toMatchObject({ udpSize: Math.max(MIN_UDP, size), nsid: false, cookieLength: 0 });
    edns?.clear();
    expect(edns).toEqual(new Edns());
  });
  fc.assert(property, { numRuns: 200 });
});
