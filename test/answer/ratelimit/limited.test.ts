/** What is counted together, who is not limited, and what goes out in the place of a reply that is one too many. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Kind } from "../../../src/answer/ratelimit/kind.ts";
import { type LimitNews, NewsReader } from "../../../src/answer/ratelimit/news.ts";
import { rcodeOf } from "../../../src/answer/tapchoice.ts";
import { Flag, Rcode } from "../../../src/wire/header.ts";
import { queryFromText } from "../../support/query.ts";
import { exempting, limiting, limitsWith } from "./limiting.ts";

const numbered = (count: number, question: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => question(i));
const COOKIE = "+cookie=0102030405060708";

describe("what is counted together", () => {
  test("answers: of one name and type, in any case", () => {
    const { times, all } = limiting();
    expect(times(5, "www.example. A")).toBe("...Tx");
    expect(all(["WWW.Example. A", "wWw.eXample. A"])).toBe("Tx");
    expect(times(5, "www.example. AAAA")).toBe("...Tx");
    expect(times(3, "other.example. A")).toBe("...");
    expect(times(3, "www.test. A")).toBe("...");
  });

  test("names that a wildcard answers: to the wildcard, however many there are", () => {
    const { all, times } = limiting();
    expect(all(numbered(6, (i) => `n${i}.wild.example. A`))).toBe("...TxT");
    expect(all(numbered(6, (i) => `n${i}.deep.wild.example. A`))).toBe("xTxTxT");
    // Not to the name above it, nor to another wildcard.
    expect(times(4, "wild.example. A")).toBe("...T");
    expect(all(numbered(4, (i) => `n${i}.wild.www.example. A`))).toBe("...T");
  });

  test("names that are not there: to their zone, whatever their type and depth", () => {
    const { all } = limiting();
    const names = numbered(6, (i) => (i % 2 === 0 ? `n${i}.example. A` : `a.b.c.n${i}.www.example. TXT`));
    expect(all(names)).toBe("...TxT");
    expect(all(numbered(3, (i) => `n${i}.test. A`))).toBe("...");
    // An alias that leads to nothing.
    expect(all(["gone.example. A", "gone.example. A"])).toBe("xT");
  });

  test("no data: to the name, whatever the type", () => {
    const { all } = limiting();
    const types = ["TXT", "MX", "SRV", "CAA", "LOC"];
    expect(all(types.map((type) => `www.example. ${type}`))).toBe("...Tx");
    expect(all(types.map((type) => `other.example. ${type}`))).toBe("...Tx");
    expect(all(types.map((type) => `n${type}.wild.example. ${type}`))).toBe("...Tx");
    expect(all(types.map((type) => `ent.example. ${type}`))).toBe("...Tx");
  });

  test("referrals: to the zone below", () => {
    const { all } = limiting();
    expect(all(numbered(6, (i) => `n${i}.sub.example. A`))).toBe("...TxT");
    expect(all(numbered(3, (i) => `n${i}.low.example. A`))).toBe("...");
  });

  test("names below a DNAME: to its owner; an alias: to its own name", () => {
    const { all, times } = limiting();
    expect(all(numbered(6, (i) => `n${i}.wild.old.example. A`))).toBe("...TxT");
    expect(times(4, "alias.example. A")).toBe("...T");
  });

  test("errors: to nothing but the prefix; they go as they are where others slip, having nothing to be shortened", () => {
    const { all, counts } = limiting();
    const errors = [
      "www.nowhere. A",
      "x.elsewhere. TXT",
      "example. A +opcode=UPDATE",
      "www.example. A CH",
      "a. A",
      "b. A",
    ];
    expect(all(errors)).toBe("EEEExE");
    expect(counts()).toMatchObject({ dropped: 1, slipped: 2 });
  });

  test("CHAOS, and queries for a cookie alone", () => {
    const { times } = limiting();
    expect(times(5, "id.server. TXT CH")).toBe("...Tx");
    expect(times(5, `example. A +questions=0 ${COOKIE}`)).toBe("....x");
  });

  test("all of a /24 and of a /56, and nobody else", () => {
    const { times } = limiting();
    expect(times(3, "www.example. A", "198.51.100.1")).toBe("...");
    expect(times(2, "www.example. A", "198.51.100.200")).toBe("Tx");
    expect(times(3, "www.example. A", "198.51.101.1")).toBe("...");
    expect(times(3, "www.example. A", "2001:db8:0:100::1")).toBe("...");
    expect(times(2, "www.example. A", "2001:db8:0:1ff:1::9")).toBe("Tx");
    expect(times(3, "www.example. A", "2001:db8:0:200::1")).toBe("...");
    // The octets of the first address, as an IPv6 prefix.
    expect(times(3, "www.example. A", "c633:6400::")).toBe("...");
  });

  test("prefixes of other lengths", () => {
    const { times } = limiting(limitsWith({ ipv4: 32, ipv6: 64 }));
    expect(times(4, "www.example. A", "198.51.100.1")).toBe("...T");
    expect(times(3, "www.example. A", "198.51.100.2")).toBe("...");
    expect(times(4, "www.example. A", "2001:db8::1")).toBe("...T");
    expect(times(3, "www.example. A", "2001:db8:0:1::1")).toBe("...");
    const { times: wide } = limiting(limitsWith({ ipv4: 8, ipv6: 20 }));
    expect(wide(3, "www.example. A", "198.51.100.1") + wide(1, "www.example. A", "198.3.2.1")).toBe("...T");
    expect(wide(3, "www.example. A", "2001:d00::1") + wide(1, "www.example. A", "2001:dff::1")).toBe("...T");
  });
});

describe("rates", () => {
  const rates = (kinds: Readonly<Record<number, number>>) =>
    limitsWith({ rates: Array.from({ length: 6 }, (_, i) => kinds[i] ?? 0) });

  test("each kind has its own; 0 is without limit", () => {
    const { times, all } = limiting(rates({ [Kind.NXDOMAIN]: 1, [Kind.NODATA]: 2 }));
    expect(times(8, "www.example. A")).toBe("........");
    expect(all(numbered(3, (i) => `n${i}.example. A`))).toBe(".Tx");
    expect(times(4, "www.example. TXT")).toBe("..Tx");
    expect(times(8, "n.sub.example. A")).toBe("........");
  });

  test("all kinds together: whatever is asked, and with a slip as well", () => {
    const { all, wait } = limiting(rates({ [Kind.ALL]: 4 }));
    const mixed = [
      "www.example. A",
      "n.example. A",
      "n.sub.example. A",
      "www.example. TXT",
      "other.example. A",
      "q.test. A",
    ];
    expect(all(mixed)).toBe("....Tx");
    wait(1000);
    expect(all(mixed)).toBe("..TxTx");
  });

  test("the kind's own limit comes first, and both are charged", () => {
    const { times, all } = limiting(rates({ [Kind.ANSWER]: 2, [Kind.ALL]: 4 }));
    expect(times(4, "www.example. A")).toBe("..Tx");
    expect(all(["other.example. A"])).toBe("T");
  });
});

describe("who is not limited", () => {
  test("TCP and TLS, which do not count for others either", () => {
    const { times } = limiting();
    expect(times(20, "www.example. A +tcp") + times(20, "www.example. A +tls")).toBe(".".repeat(40));
    expect(times(4, "www.example. A")).toBe("...T");
  });

  test("exempt prefixes of both families, of any length", () => {
    const exempt = exempting("198.51.100.0/30", "203.0.113.7/32", "2001:db8::/33", "::1/128");
    const { times } = limiting(limitsWith({ exempt }));
    for (const from of ["198.51.100.3", "203.0.113.7", "2001:db8:7fff::1", "::1"]) {
      expect(times(9, "www.example. A", from)).toBe(".........");
    }
    // Their neighbours in the same prefix have an account that is untouched.
    for (const from of ["198.51.100.4", "203.0.113.8", "2001:db8:8000::1", "::2"]) {
      expect(times(4, "www.example. A", from)).toBe("...T");
    }
    const { times: none } = limiting(limitsWith({ exempt: exempting("0.0.0.0/0") }));
    expect(none(9, "www.example. A") + none(4, "www.example. A", "::1")).toBe("............T");
  });

  test("a good server cookie, and no other one", () => {
    const { times, ask } = limiting();
    const good = cookieIn(ask(`www.example. A ${COOKIE}`).reply);
    expect(times(9, `www.example. A +cookie=${good}`)).toBe(".........");
    // Another address can't use it, nor can anyone make one up.
    expect(times(4, `www.example. A +cookie=${good}`, "203.0.113.1")).toBe("...T");
    expect(times(3, `www.example. A +cookie=${good.slice(0, -2)}00`)).toBe("..T");
  });
});

describe("in the place of a reply", () => {
  test("with TC: the header and the question, and the OPT with a cookie where there was one", () => {
    const { times, ask } = limiting();
    times(3, "n1.sub.example. A");
    const { reply } = ask("n1.sub.example. A +rd +cd +id=77");
    expect(reply[2]).toBe(Flag.QR | Flag.TC | Flag.RD);
    expect(reply[3]).toBe(Flag.CD);
    expect([...reply.slice(4, 12)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    expect(reply).toHaveLength(12 + "n1.sub.example.".length + 1 + 4);
    ask("n1.sub.example. A");
    const { reply: withCookie } = ask(`n1.sub.example. A ${COOKIE}`);
    expect([...withCookie.slice(4, 12)]).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
    expect(withCookie).toHaveLength(reply.length + 11 + 4 + 24);
    expect(times(5, `n1.sub.example. A +cookie=${cookieIn(withCookie)}`)).toBe(".....");
  });

  test.each(["www.example. A", "n.sub.example. A", "no.example. A", "www.example. TXT", "n.wild.example. A"])(
    "%s: it has the query's octets, and 16 more where that gets a server's cookie",
    (question) => {
      for (const [more, octets] of [
        ["", 0],
        [" +dnssec", 0],
        [` ${COOKIE}`, 16],
      ] as const) {
        const { times, ask } = limiting();
        times(3, question);
        const { reply, sign } = ask(`${question}${more}`);
        expect(sign).toBe("T");
        expect(reply).toHaveLength(queryFromText(`${question}${more}`).bytes.length + octets);
      }
    },
  );

  test("a name that is not there: NOERROR with TC says nothing of it", () => {
    const { times, ask } = limiting();
    times(3, "n.example. A");
    const { reply } = ask("n.example. A +edns");
    expect([reply[2], reply[3]]).toEqual([Flag.QR | Flag.TC, 0]);
  });

  test("BADCOOKIE where cookies are demanded: for each query with a client's; by it, the client is answered again", () => {
    const { times, ask } = limiting(limitsWith({ demandCookies: true }));
    expect(times(6, `www.example. A ${COOKIE}`)).toBe("...CCC");
    expect(times(4, "www.example. A")).toBe("xTxT");
    const { reply } = ask(`www.example. A ${COOKIE}`);
    expect(rcodeOf(reply, reply.length)).toBe(Rcode.BADCOOKIE);
    // RFC 6891 §6.1.3: the upper eight of BADCOOKIE's twelve bits are in the OPT.
    const opt = 12 + 17 + 1 - 4 + 3;
    expect([reply[3] & 0xf, reply[opt + 5], reply[opt + 1], reply[opt + 2]]).toEqual([7, 1, 0, 41]);
    expect(times(9, `www.example. A +cookie=${cookieIn(reply)}`)).toBe(".........");
  });

  test("log-only: all goes out, and is counted", () => {
    const { times, counts } = limiting(limitsWith({ logOnly: true }));
    expect(times(8, "www.example. A")).toBe("........");
    expect(counts()).toMatchObject({ logged: 5, dropped: 0, slipped: 0, replies: 8 });
  });
});

test("what is not sent is no reply in any count; what slips is one", () => {
  const { times, counts } = limiting();
  expect(times(8, "n.example. A")).toBe("...TxTxT");
  expect(counts()).toEqual({ dropped: 2, slipped: 3, cookies: 0, logged: 0, truncated: 3, replies: 6, ofZones: 6 });
});

test("random names of a zone, or of a wildcard: no more pass than if they were one", () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  fc.assert(
    fc.property(
      fc.array(label, { minLength: 4, maxLength: 60 }),
      fc.constantFrom("x", "wild", "sub"),
      (labels, below) => {
        const { all } = limiting();
        const signs = all(labels.map((one, i) => `${one}.r${i}.${below}.example. A`));
        expect(signs.replaceAll(/[xT]/g, "")).toBe("...");
      },
    ),
    { numRuns: 40 },
  );
});

test("the hash is keyed: which accounts share a place differs from key to key", () => {
  /** Prefixes whose first account is the one that was thrown out of a table with a single set. */
  const evicted = (seed: number) => {
    const key = Uint8Array.from({ length: 8 }, (_, i) => seed * 31 + i);
    const { times } = limiting(limitsWith({ key, slip: 0, table: new SharedArrayBuffer(64 * 8) }));
    const prefixes = numbered(64, (i) => `10.0.${i}.1`);
    for (const from of prefixes) times(3, "www.example. A", from);
    return prefixes.filter((from) => times(1, "www.example. A", from) === ".").join();
  };
  expect(evicted(1)).toBe(evicted(1));
  expect(new Set([1, 2, 3, 4].map(evicted)).size).toBe(4);
});

test("threads tell of an account when it goes over its limit, once; and of no others", () => {
  const setup = limitsWith();
  const { times, wait } = limiting(setup);
  const reader = new NewsReader(setup.news);
  const told = () => {
    const news: LimitNews[] = [];
    expect(reader.take((one) => news.push(one))).toBe(0);
    return news.map(({ family, kind, rate, address }) => ({ family, kind, rate, address: [...address] }));
  };
  times(3, "www.example. A");
  expect(told()).toEqual([]);
  times(9, "www.example. A");
  expect(told()).toEqual([{ family: 4, kind: Kind.ANSWER, rate: 3, address: [0xc6336401 | 0] }]);
  times(9, "www.example. A");
  expect(told()).toEqual([]);
  wait(20_000);
  times(4, "www.example. A");
  times(4, "n.example. A", "2001:db8::9");
  expect(told()).toMatchObject([{ family: 4 }, { family: 6, kind: Kind.NXDOMAIN, address: [0x20010db8, 0, 0, 9] }]);
});

/** The cookie in a reply's OPT, whose last option it is, in hex. */
function cookieIn(reply: Uint8Array): string {
  return Buffer.from(reply.slice(-24)).toString("hex");
}
