/** Messages octet by octet, as the RFCs draw them. */

import { describe, expect, test } from "vitest";
import { keepalive, MessageType, refreshedFamily } from "../../../src/anycast/bgp/message.ts";
import { nextHopFor } from "../../../src/anycast/bgp/nexthop.ts";
import {
  communication,
  fault,
  notificationName,
  notificationOctets,
  readNotification,
  shutdown,
} from "../../../src/anycast/bgp/notification.ts";
import { openOctets, readOpen } from "../../../src/anycast/bgp/open.ts";
import { readUpdate } from "../../../src/anycast/bgp/reach.ts";
import {
  deadline,
  heardAgain,
  idleSession,
  inheritedSession,
  sessionLegacy,
  unheard,
} from "../../../src/anycast/bgp/session.ts";
import { MessageStream } from "../../../src/anycast/bgp/stream.ts";
import { checkLevels } from "../../../src/anycast/bgp/told.ts";
import { announcement, withdrawal } from "../../../src/anycast/bgp/update.ts";
import { ATTRIBUTES } from "../announcer/speakermaker.ts";
import { prefixOf } from "../announcer/wanted.ts";

/** A message in hex, with the marker as "M" and blanks between its parts. */
const hex = (text: string) => Buffer.from(text.replace("M", "ff".repeat(16)).replace(/\s/g, ""), "hex");
const body = (text: string) => hex(text).subarray(19);
const FOUR = ["198.51.100.0/24", "203.0.113.0/25"].map(prefixOf);
const SIX = [prefixOf("2001:db8:53::/48")];
const plain = { communities: [], largeCommunities: [], med: undefined, prepends: 0 };

describe("OPEN", () => {
  const open = {
    as: 4200000001,
    hold: 9,
    id: "192.0.2.1",
    families: [4, 6],
    fourOctetAs: true,
    routeRefresh: true,
  } as const;

  test("RFC 4271 §4.2, with the capabilities of RFC 4760, 2918 and 6793", () => {
    const expected = hex(`M 0033 01 04 5ba0 0009 c0000201 16 02 14 010400010001 010400020001 0200 4104fa56ea01`);
    expect(Buffer.from(openOctets(open)).toString("hex")).toBe(expected.toString("hex"));
    expect(readOpen(openOctets(open).subarray(19))).toEqual(open);
  });

  test("one capability in each parameter, and none at all", () => {
    expect(readOpen(body("M 0031 01 04 fbf4 00b4 c0000202 10 02 06 010400020001 02 06 41040000fbf4"))).toMatchObject({
      as: 64500,
      hold: 180,
      families: [6],
      fourOctetAs: true,
      routeRefresh: false,
    });
    expect(readOpen(body("M 001d 01 04 fbf4 00b4 c0000202 00"))).toMatchObject({ families: [4], fourOctetAs: false });
  });

  test("RFC 9072: parameters with a length of two octets", () => {
    expect(readOpen(body("M 0029 01 04 fbf4 00b4 c0000202 ff ff 0009 02 0006 41040000fbf4"))).toMatchObject({
      as: 64500,
      fourOctetAs: true,
    });
  });

  test.each([
    ["version 3", "M 001d 01 03 fbf4 00b4 c0000202 00", fault(2, 1, [0, 4])],
    ["an authentication parameter", "M 0020 01 04 fbf4 00b4 c0000202 03 01 01 00", fault(2, 4)],
    ["parameters longer than the message", "M 001f 01 04 fbf4 00b4 c0000202 03 02 01", fault(2, 0)],
    ["parameters shorter than the message", "M 0020 01 04 fbf4 00b4 c0000202 02 02 00 00", fault(2, 0)],
    ["a capability longer than its parameter", "M 0021 01 04 fbf4 00b4 c0000202 04 02 02 41 04", fault(2, 0)],
    ["a parameter of one octet", "M 001e 01 04 fbf4 00b4 c0000202 01 02", fault(2, 0)],
  ])("%s is refused", (_, text, expected) => {
    expect(readOpen(body(text))).toEqual(expected);
  });
});

describe("UPDATE", () => {
  test("IPv4, iBGP: the attributes of RFC 4271 §5 in the order of their codes", () => {
    const attributes = { communities: [0xffff0000], largeCommunities: [[64500, 1, 2]] as const, med: 200, prepends: 3 };
    const [octets, ...more] = announcement(FOUR, attributes, { as: 64500, interior: true, nextHop: "192.0.2.1" });
    const path =
      "400101 00  400200  400304c0000201  800404000000c8  40050400000064  c00804ffff0000  c0200c0000fbf40000000100000002";
    const expected = hex(`M 0052 02 0000 0032 ${path} 18c63364 19cb007100`);
    expect(Buffer.from(octets).toString("hex")).toBe(expected.toString("hex"));
    expect(more).toEqual([]);
  });

  test("IPv4, eBGP: our AS, and as often as it is put in front", () => {
    const terms = { as: 4200000001, interior: false, nextHop: "192.0.2.1" };
    const [octets] = announcement(FOUR.slice(0, 1), { ...plain, prepends: 1 }, terms);
    const expected = hex("M 0033 02 0000 0018 40010100 40020a 02 02 fa56ea01fa56ea01 400304c0000201 18c63364");
    expect(Buffer.from(octets).toString("hex")).toBe(expected.toString("hex"));
  });

  test("IPv6: MP_REACH_NLRI first (RFC 7606 §5.1), and no NEXT_HOP", () => {
    const [octets] = announcement(SIX, plain, { as: 64500, interior: true, nextHop: "2001:db8::1" });
    const reach = "800e1c 0002 01 10 20010db8000000000000000000000001 00 3020010db80053";
    const expected = hex(`M 0044 02 0000 002d ${reach} 40010100 400200 40050400000064`);
    expect(Buffer.from(octets).toString("hex")).toBe(expected.toString("hex"));
  });

  test("withdrawals, and End-of-RIB", () => {
    expect(withdrawal(FOUR)).toEqual([Uint8Array.from(hex("M 0020 02 0009 18c63364 19cb007100 0000"))]);
    expect(withdrawal(SIX)).toEqual([Uint8Array.from(hex("M 0024 02 0000 000d 800f0a 0002 01 3020010db80053"))]);
    expect(withdrawal([])).toEqual([]);
    expect(readUpdate(hex("0000 0000"), [])).toMatchObject({ endOfRib: 4 });
    expect(readUpdate(hex("0000 0006 800f03 0002 01"), [])).toMatchObject({ endOfRib: 6 });
  });

  test("more prefixes than fit into a message go into several", () => {
    const many = Array.from({ length: 2000 }, (_, i) => prefixOf(`10.${i >> 8}.${i & 255}.0/24`));
    const messages = announcement(many, plain, { as: 64500, interior: true, nextHop: "192.0.2.1" });
    expect(messages).toHaveLength(2);
    const read = messages.map((message) => readUpdate(message.subarray(19), many));
    expect(read.flatMap((one) => ("announced" in one ? one.announced : []))).toEqual(many);
  });

  test("more communities than fit are refused before anything is announced", () => {
    const communities = Array.from({ length: 1100 }, (_, i) => i);
    const levels = { ...ATTRIBUTES, draining: { ...plain, communities } };
    expect(() => checkLevels(levels, SIX, 64500)).toThrow(
      "anycast.levels.draining has more communities than fit into a BGP message: name fewer",
    );
    checkLevels({ ...ATTRIBUTES, draining: { ...plain, communities: communities.slice(100) } }, SIX, 64500);
  });

  test("a prefix in octets that it does not need, with bits that say nothing", () => {
    const own = [prefixOf("203.0.113.0/25")];
    expect(readUpdate(hex("0000 0000 19cb00717f"), own)).toMatchObject({ announced: own });
    expect(readUpdate(hex("0000 0000 19cb0071ff"), own)).toMatchObject({ announced: [] });
    expect(readUpdate(hex("0000 0000 18cb0071"), own)).toMatchObject({ announced: [] });
  });

  test.each([
    ["withdrawn routes longer than the message", "0003 0000", fault(3, 1)],
    ["attributes longer than the message", "0000 0002 40", fault(3, 1)],
    ["an attribute longer than the attributes", "0000 0004 400102 00", fault(3, 1)],
    ["half an attribute", "0000 0002 4001", fault(3, 1)],
    ["a prefix cut short", "0000 0000 18c633", fault(3, 10)],
    ["129 bits of IPv6", "0000 0017 800f14 0002 01 81 0000000000000000000000000000000000", fault(3, 10)],
    ["a next hop longer than its attribute", "0000 0008 800e05 0002 01 10 20", fault(3, 9)],
    ["a family cut short", "0000 0005 800f02 0002", fault(3, 9)],
  ])("%s is refused", (_, text, expected) => {
    expect(readUpdate(hex(text), SIX)).toEqual(expected);
  });
});

describe("the rest", () => {
  test("RFC 9003: what an operator says, on one line, and no longer than 255 octets", () => {
    const said = (notification: Parameters<typeof notificationOctets>[0]) =>
      communication(readNotification(notificationOctets(notification).subarray(19)));
    expect(said(shutdown("zonecast stops"))).toBe("zonecast stops");
    expect(said(fault(6, 2, [5, ...Buffer.from("a\n\u001b[b")]))).toBe("a [b");
    expect(said(shutdown("é".repeat(200)))).toBe("é".repeat(127));
    expect(said(shutdown(""))).toBeUndefined();
    expect(said(fault(6, 2, [9, 65]))).toBeUndefined();
    expect(said(fault(6, 5, [1, 65]))).toBeUndefined();
  });

  test("errors have names, and unknown ones numbers", () => {
    expect(notificationName(fault(6, 10))).toBe("cease: BFD down (6/10)");
    expect(notificationName(fault(4, 0))).toBe("hold timer expired (4/0)");
    expect(notificationName(fault(3, 99))).toBe("UPDATE error (3/99)");
    expect(notificationName(fault(200, 1))).toBe("an unknown error (200/1)");
  });

  test("RFC 2918: which family is to be sent again; a demarcation of RFC 7313 asks for nothing", () => {
    expect(refreshedFamily(Uint8Array.of(0, 1, 0, 1))).toBe(4);
    expect(refreshedFamily(Uint8Array.of(0, 2, 0, 1))).toBe(6);
    expect(refreshedFamily(Uint8Array.of(0, 1, 1, 1))).toBeUndefined();
    expect(refreshedFamily(Uint8Array.of(0, 1, 0, 2))).toBeUndefined();
    expect(refreshedFamily(Uint8Array.of(0, 25, 0, 1))).toBeUndefined();
  });

  test("RFC 4271 §6.1: headers that are none", () => {
    const take = (text: string) => new MessageStream().take(hex(text), () => true);
    expect(take("00 M 1304")).toEqual(fault(1, 1));
    expect(take("M 0012 04")).toEqual(fault(1, 2, [0, 0x12]));
    expect(take("M 1001 02")).toEqual(fault(1, 2, [0x10, 1]));
    expect(take("M 0014 04 00")).toEqual(fault(1, 2, [0, 0x14]));
    expect(take("M 001c 01")).toEqual(fault(1, 2, [0, 0x1c]));
    expect(take("M 0013 06")).toEqual(fault(1, 3, [6]));
    expect(take("M 0013 00")).toEqual(fault(1, 3, [0]));
    expect(take("M 0013 04")).toBeUndefined();
  });

  test("who reads may stop in the middle of what has come", () => {
    const types: MessageType[] = [];
    const two = Buffer.concat([hex("M 0013 04"), hex("M 0013 04")]);
    new MessageStream().take(two, ({ type }) => {
      types.push(type);
      return false;
    });
    expect(types).toEqual([MessageType.Keepalive]);
  });

  test("next hops: as configured, our own address, loopback towards this machine, or none", () => {
    const local = { local: "127.0.0.1", remote: "127.0.0.1" };
    const own = { local: "192.0.2.1", remote: "192.0.2.1" };
    const away = { local: "192.0.2.1", remote: "192.0.2.2" };
    const six = { local: "fe80::1%eth0", remote: "fe80::2" };
    const mapped = { local: "::ffff:192.0.2.1", remote: "::ffff:192.0.2.2" };
    const rows = [local, own, away, six, mapped].map((ends) => [nextHopFor(4, ends, []), nextHopFor(6, ends, [])]);
    expect(rows).toEqual([
      ["127.0.0.1", "::1"],
      ["192.0.2.1", "::1"],
      ["192.0.2.1", undefined],
      [undefined, "fe80::1"],
      ["192.0.2.1", undefined],
    ]);
    expect(nextHopFor(6, away, ["203.0.113.1", "2001:db8::1"])).toBe("2001:db8::1");
    expect(nextHopFor(4, away, ["2001:db8::1"])).toBe("192.0.2.1");
  });
});

describe("a stream that goes on in another process", () => {
  const whole = Buffer.concat([
    keepalive(),
    announcement(FOUR, plain, { as: 64500, interior: true, nextHop: "192.0.2.1" })[0],
    keepalive(),
  ]);
  const read = (stream: MessageStream, octets: Uint8Array, into: string[]) =>
    stream.take(octets, ({ type, body: inside }) => {
      into.push(`${type} ${Buffer.from(inside).toString("hex")}`);
      return true;
    });

  test("wherever it is cut, each message comes once", () => {
    const expected: string[] = [];
    expect(read(new MessageStream(), whole, expected)).toBeUndefined();
    expect(expected).toHaveLength(3);
    for (let cut = 0; cut <= whole.length; cut++) {
      const messages: string[] = [];
      const first = new MessageStream();
      expect(read(first, whole.subarray(0, cut), messages)).toBeUndefined();
      const second = new MessageStream(first.rest);
      expect(read(second, whole.subarray(cut), messages)).toBeUndefined();
      expect(messages).toEqual(expected);
      expect(second.rest).toHaveLength(0);
    }
  });
});

describe("a session that goes on in another process", () => {
  const up = { ...idleSession(), phase: "established", hold: 9000, since: 50_000, families: [4, 6] } as const;

  test("is as old as it was, has the whole hold time, and a KEEPALIVE is due at once", () => {
    const legacy = JSON.parse(JSON.stringify(sessionLegacy(up, 80_000)));
    const inherited = inheritedSession(legacy, 1000);
    expect(inherited).toMatchObject({
      phase: "established",
      since: -29_000,
      until: 10_000,
      hold: 9000,
      families: [4, 6],
    });
    expect(deadline(inherited)).toBe(1000);
  });

  test("stands still without ending for silence, and keeps the neighbour from ending it", () => {
    const still = unheard({ ...up, until: 59_000, keepalive: 53_000 });
    expect(deadline(still)).toBe(53_000);
    expect(heardAgain(still, 100_000)).toMatchObject({ until: 109_000, keepalive: 53_000 });
  });
});
