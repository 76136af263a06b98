/** Checks against servers that lie, are late, are silent, or are not there. */

import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/anycast/health/verdict.ts";
import { type ChecksOptions, checksOf, type ZoneProbe } from "../../../src/anycast/probe/checks.ts";
import { freePort } from "../../transport/port.ts";
import { honest, type Lie, liar, NAME, type Query, replyTo, soa } from "./liar.ts";

type Protocol = "udp" | "tcp";
const COMPANY: ZoneProbe = {
  zone: "Company.example",
  exists: { name: "www.company.example", type: "A" },
  absent: "nowhere.company.example",
};
const GOOD: Outcome = { ok: true };
const BOTH = ["udp", "tcp"] as const;

function options(at: { address: string; port: number }, more: Partial<ChecksOptions> = {}): ChecksOptions {
  return {
    addresses: [{ address: at.address, port: at.port }],
    identity: NAME,
    timeout: 200,
    zones: [COMPANY],
    served: { serialOf: (zone) => (zone === "company.example." ? 7 : undefined), next: () => undefined },
    ...more,
  };
}

/** The outcomes of all checks, by what they are called without the address. */
async function outcomes(all: ChecksOptions): Promise<Record<string, Outcome>> {
  const { signal } = new AbortController();
  const named = checksOf(all).map(async ({ name, run }) => [name.replace(/^.*?\//, ""), await run(signal)] as const);
  return Object.fromEntries(await Promise.all(named));
}

/** The outcome of what is asked for all zones over one transport. */
async function outcome(all: ChecksOptions, protocol: Protocol): Promise<Outcome> {
  const found = Object.entries(await outcomes(all)).findLast(([name]) => name.startsWith(protocol));
  return found?.[1] ?? GOOD;
}

function lying(lie: (query: Query, protocol: Protocol) => Lie | undefined): ReturnType<typeof liar> {
  return liar((query, protocol, send) => {
    const said = lie(query, protocol);
    if (said !== undefined) send(replyTo(query, said));
  });
}

/** Honest, but for one question. */
function lyingAbout(text: string, lie: Lie): ReturnType<typeof liar> {
  return lying((query) => (query.text === text ? lie : honest(query)));
}

const failed = (severity: string, ...why: string[]) => ({
  ok: false,
  severity,
  why: expect.stringMatching(new RegExp(why.join(".*"))),
});

describe("all is well", () => {
  test("an honest server: good, and each question is asked", async () => {
    const server = await lying(honest);
    let sent = 0;
    expect(await outcomes(options(server, { sent: () => sent++ }))).toEqual({
      udp: GOOD,
      "tcp company.example.": GOOD,
      "udp company.example.": GOOD,
    });
    const soas = server.asked.filter((text) => text === "company.example SOA");
    expect(soas).toHaveLength(3);
    expect(server.asked.filter((text) => text === "id.server TXT")).toHaveLength(3);
    expect(server.asked.filter((text) => text === "nowhere.company.example A")).toHaveLength(2);
    expect(sent).toBe(server.asked.length);
  });

  test("without required zones, one served zone after the other", async () => {
    const zones = ["a.", "b.", "c."];
    let turn = 0;
    const next = () => ({ zone: zones[turn++ % 3], serial: 7 });
    const server = await lying((query) => {
      const [name, type] = query.text.split(" ");
      return type === "SOA" ? { answers: [soa(name, 7)] } : honest(query);
    });
    const all = options(server, { zones: [], served: { serialOf: () => 7, next } });
    for (let i = 0; i < 3; i++) expect(await outcomes(all)).toEqual({ udp: GOOD, tcp: GOOD });
    expect([...new Set(server.asked)].sort()).toEqual(["a SOA", "b SOA", "c SOA", "id.server TXT"]);
  });

  test("without any zone, who answers", async () => {
    const server = await lying(honest);
    expect(await outcomes(options(server, { zones: [] }))).toEqual({ udp: GOOD, tcp: GOOD });
    expect(new Set(server.asked)).toEqual(new Set(["id.server TXT"]));
  });

  test("two addresses, and more zones than are asked for at once: each check has a name of its own", () => {
    const addresses = [
      { address: "192.0.2.1", port: 53 },
      { address: "2001:db8::1", port: 5300 },
    ];
    const zones = Array.from({ length: 17 }, (_, i) => ({ zone: `z${i}.example` }));
    const names = checksOf(options({ address: "", port: 0 }, { addresses, zones })).map(
      ({ name, pace }) => `${name} ${pace}`,
    );
    expect(new Set(names).size).toBe(14);
    expect(names.slice(0, 4)).toEqual([
      "192.0.2.1@53/udp udp",
      "192.0.2.1@53/tcp z0.example. to z7.example. tcp",
      "192.0.2.1@53/tcp z8.example. to z15.example. tcp",
      "192.0.2.1@53/tcp z16.example. tcp",
    ]);
  });
});

describe.each(BOTH)("over %s", (protocol) => {
  test("nobody has the port: hard, and known at once", async () => {
    const at = { address: "127.0.0.1", port: await freePort() };
    const started = performance.now();
    const found = await outcome(options(at, { timeout: 5000 }), protocol);
    expect(found).toEqual(failed("hard", `127.0.0.1@${at.port}/${protocol} does not answer: nobody has this port`));
    expect(performance.now() - started).toBeLessThan(2500);
  });

  test("nothing is answered: hard", async () => {
    const server = await lying(() => undefined);
    expect(await outcome(options(server), protocol)).toEqual(failed("hard", "does not answer: nothing came in 200 ms"));
  });

  test("somebody else answers: hard, by either way to tell", async () => {
    const other = { answers: [{ type: "TXT", name: "id.server", class: "CH", data: "nrt1" }] } as Lie;
    const byName = await lyingAbout("id.server TXT", other);
    expect(await outcome(options(byName), protocol)).toEqual(failed("hard", 'answered by "nrt1", not by "lhr1"'));
    const byNsid = await lyingAbout("company.example SOA", { answers: [soa("company.example", 7)], nsid: "nrt1" });
    expect(await outcome(options(byNsid), protocol)).toEqual(failed("hard", 'answered by "nrt1"'));
    const unknown = await lyingAbout("id.server TXT", { rcode: "REFUSED" });
    expect(await outcome(options(unknown), protocol)).toEqual(
      failed("hard", 'answered by "REFUSED for CH TXT id.server"'),
    );
  });

  const SOA = "company.example SOA";
  test.each<[string, string, Lie, string]>([
    [
      "SERVFAIL",
      SOA,
      { rcode: "SERVFAIL", aa: false },
      "SERVFAIL for company.example. SOA; its zone is damaged or not loaded",
    ],
    ["REFUSED", SOA, { rcode: "REFUSED", aa: false }, "REFUSED for company.example. SOA"],
    ["no AA", SOA, { aa: false, answers: [soa("company.example", 7)] }, "no AA for company.example. SOA"],
    ["no SOA", SOA, {}, "no SOA record"],
    [
      "another serial",
      SOA,
      { answers: [soa("company.example", 6)] },
      "serial 6 for company.example. SOA, where 7 is loaded",
    ],
    ["no NSID", SOA, { nsid: null, answers: [soa("company.example", 7)] }, "does not say who answers"],
    [
      "no such name",
      "www.company.example A",
      { rcode: "NXDOMAIN" },
      "NXDOMAIN without A for www.company.example. A, which must exist",
    ],
    ["no such type", "www.company.example A", {}, "NOERROR without A"],
    [
      "a name too many",
      "nowhere.company.example A",
      {},
      "NOERROR for nowhere.company.example. A, which must not exist",
    ],
  ])("%s is wrong, however well all else is answered", async (_, text, lie, why) => {
    const server = await lyingAbout(text, lie);
    expect(await outcome(options(server), protocol)).toEqual(
      failed("wrong", `127.0.0.1@${server.port}/${protocol}: `, why),
    );
  });

  test("one question without an answer, where others have theirs, is wrong and no more", async () => {
    const server = await lying((query) => (query.text === "www.company.example A" ? undefined : honest(query)));
    const found = await outcome(options(server), protocol);
    expect(found).toEqual(failed("wrong", "no answer to www.company.example. A in 200 ms, though to others"));
  });

  test("a zone that is required and not loaded is wrong, though answered", async () => {
    const server = await lying(honest);
    const served = { serialOf: () => undefined, next: () => undefined };
    expect(await outcome(options(server, { served }), protocol)).toEqual(
      failed("wrong", "is required, and not loaded"),
    );
  });

  test("an answer with another ID, to another question, or that is garbage, counts for nothing", async () => {
    const server = await liar((query, _, send) => {
      send(replyTo(query, { ...honest(query), id: (query.id + 1000) & 0xffff }));
      send(replyTo(query, { ...honest(query), question: "other.example" }));
      send(query.octets);
      send(Buffer.of(1));
    });
    expect(await outcome(options(server), protocol)).toEqual(failed("hard", "does not answer"));
    const honestAfterAll = await liar((query, _, send) => {
      send(replyTo(query, { ...honest(query), question: "other.example", nsid: "nrt1" }));
      send(replyTo(query, honest(query)));
    });
    expect(await outcome(options(honestAfterAll), protocol)).toEqual(GOOD);
  });

  test("what comes late is no answer", async () => {
    const server = await liar((query, _, send) => void setTimeout(() => send(replyTo(query, honest(query))), 400));
    expect(await outcome(options(server, { timeout: 100 }), protocol)).toEqual(
      failed("hard", "nothing came in 100 ms"),
    );
  });

  test("an answer that is no message is wrong", async () => {
    const server = await liar((query, _, send) => {
      const reply = replyTo(query, honest(query));
      // More answers than there are.
      if (query.text === SOA) reply.writeUInt16BE(9, 6);
      send(reply);
    });
    expect(await outcome(options(server), protocol)).toEqual(
      failed("wrong", "the answer to company.example. SOA is no message"),
    );
  });

  test("told to stop, it is over at once, and nothing stays open", async () => {
    const server = await lying(() => undefined);
    const end = new AbortController();
    const running = checksOf(options(server, { timeout: 60_000 })).map(({ run }) => run(end.signal));
    setTimeout(() => end.abort(), 20);
    const started = performance.now();
    await Promise.all(running);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("transports differ", () => {
  test("a connection that is closed on us is wrong: there may be too many everywhere", async () => {
    const server = await liar((query, protocol, send) =>
      send(protocol === "tcp" ? Buffer.alloc(0) : replyTo(query, honest(query))),
    );
    const found = await outcomes(options(server));
    expect(found["tcp company.example."]).toEqual(failed("wrong", "does not answer: the connection was closed"));
    expect(found["udp company.example."]).toEqual(GOOD);
  });

  test("a datagram that is lost is asked for again", async () => {
    const seen = new Set<string>();
    const server = await lying((query, protocol) => {
      const again = seen.has(query.text);
      seen.add(query.text);
      return protocol === "tcp" || again ? honest(query) : undefined;
    });
    const [, , zones] = checksOf(options(server, { timeout: 400 }));
    expect(await zones.run(new AbortController().signal)).toEqual(GOOD);
    expect(server.asked).toHaveLength(8);
  });

  test("what is too large comes cut over UDP, and whole over TCP", async () => {
    const zones: ZoneProbe[] = [{ zone: "company.example", large: { name: "big.company.example", type: "TXT" } }];
    const big = { answers: [{ type: "TXT", name: "big.company.example", data: ["x"] }] } as Lie;
    const isBig = ({ text }: Query) => text === "big.company.example TXT";
    const right = await lying((query, protocol) => {
      if (!isBig(query)) return honest(query);
      return protocol === "udp" ? { tc: true } : big;
    });
    expect(await outcomes(options(right, { zones }))).toEqual({
      udp: GOOD,
      "tcp company.example.": GOOD,
      "udp company.example.": GOOD,
    });
    const uncut = await lying((query) => (isBig(query) ? big : honest(query)));
    expect(await outcome(options(uncut, { zones }), "udp")).toEqual(
      failed("wrong", "no TC for big.company.example. TXT"),
    );
    const cut = await lying((query) => (isBig(query) ? { tc: true } : honest(query)));
    expect(await outcome(options(cut, { zones }), "tcp")).toEqual(failed("wrong", "is cut over TCP"));
    const gone = await lying((query) => (isBig(query) ? { rcode: "NXDOMAIN" } : honest(query)));
    expect(await outcome(options(gone, { zones }), "udp")).toEqual(failed("wrong", "NXDOMAIN without TXT"));
  });
});

describe("serials", () => {
  test("while a new version is being taken, both are right; later, the new one alone", async () => {
    const [old, fresh] = [7, 8];
    let [loaded, answered, now] = [old, old, 1000];
    const server = await lying((query) =>
      query.text === "company.example SOA" ? { answers: [soa("company.example", answered)] } : honest(query),
    );
    const [alive] = checksOf(
      options(server, { served: { serialOf: () => loaded, next: () => undefined }, monotonic: () => now }),
    );
    const run = () => alive.run(new AbortController().signal);
    expect(await run()).toEqual(GOOD);
    loaded = fresh;
    now += 250;
    expect(await run()).toEqual(GOOD);
    answered = fresh;
    expect(await run()).toEqual(GOOD);
    answered = old;
    now += 2000;
    expect(await run()).toEqual(failed("wrong", "serial 7 for company.example. SOA, where 8 is loaded"));
  });

  test("a version that comes while the question is under way may be what is answered from", async () => {
    let loaded = 7;
    const server = await lying((query) => {
      if (query.text !== "company.example SOA") return honest(query);
      loaded = 8;
      return { answers: [soa("company.example", 8)] };
    });
    const [alive] = checksOf(options(server, { served: { serialOf: () => loaded, next: () => undefined } }));
    expect(await alive.run(new AbortController().signal)).toEqual(GOOD);
  });
});

describe("the main thread stands still", () => {
  test.each(BOTH)("over %s: for longer than an answer may take, and the server is not to blame", async (protocol) => {
    const server = await lying(honest);
    const all = options(server, { timeout: 80 });
    // The liar stands still with us; between two stalls it has time to answer.
    for (const delay of [0, 5, 15, 25]) {
      const running = outcome(all, protocol);
      setTimeout(() => {
        const end = performance.now() + 300;
        while (performance.now() < end);
      }, delay);
      expect(await running).toEqual(GOOD);
    }
  });
});
