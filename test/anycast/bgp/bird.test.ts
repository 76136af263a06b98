/** What the speaker does with a BIRD that is not as it was thought to be, and what it says of it. */

import { connect, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, vi } from "vitest";
import { Speaker } from "../../../src/anycast/bgp/speaker.ts";
import { testWith } from "../../support/need.ts";
import { BirdDaemon, type BirdSettings } from "../announcer/birddaemon.ts";
import { untilPeer, untilRoutes } from "../announcer/contract.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { AS, makeAnnouncer, type Settings, speakerOptions } from "../announcer/speakermaker.ts";
import { surroundings } from "../announcer/surroundings.ts";
import { prefixOf, wantedOf } from "../announcer/wanted.ts";

const BOTH = { [PREFIX4]: "up", [PREFIX6]: "up" } as const;
const soon = { timeout: 8000, interval: 20 };

async function birdOf(settings: BirdSettings = {}): Promise<BirdDaemon> {
  const daemon = await BirdDaemon.make(settings);
  onTestFinished(() => daemon.close());
  await daemon.start();
  return daemon;
}

function speakerTo(daemon: BirdDaemon, settings: Partial<Settings> = {}): Speaker {
  const speaker = makeAnnouncer({ port: daemon.port, ...settings }, surroundings());
  onTestFinished(() => speaker.close());
  speaker.want(wantedOf(BOTH));
  speaker.start();
  return speaker;
}

async function untilWhy(speaker: Speaker, why: string): Promise<void> {
  await vi.waitFor(() => expect(speaker.peers[0].why?.replace(/127\.0\.0\.1@\d+/, "IT")).toBe(why), soon);
}

describe("what does not fit", () => {
  const session = async (theirs: BirdSettings, ours: Partial<Settings>, why: string) => {
    const daemon = await birdOf(theirs);
    const speaker = speakerTo(daemon, ours);
    await untilWhy(speaker, why);
    expect(speaker.peers[0]).toMatchObject({ state: "down", announced: [] });
    expect(await daemon.routes()).toEqual(new Map());
    // As soon as it fits, it works: nobody has to help.
    await daemon.configure({});
    return { daemon, speaker };
  };

  testWith("bird", "BIRD expects another AS of us", async () => {
    await session(
      { peerAs: 64999 },
      {},
      "IT does not expect AS 64500 (anycast.as) of us: give it this AS for us as a neighbour, or correct ours; it is to be AS 64500 itself",
    );
  });

  testWith("bird", "BIRD is another AS than was thought", async () => {
    const { daemon, speaker } = await session(
      { as: 64601, session: "allow local as 1;" },
      {},
      "IT is AS 64601, and anycast.bgp.neighbours has AS 64500 for it: make them the same",
    );
    await untilPeer(speaker, "up", 15_000);
    await untilRoutes(daemon, BOTH);
  });

  testWith("bird", "BIRD has our router id", async () => {
    await session(
      { routerId: "192.0.2.1" },
      {},
      "IT has the router id 192.0.2.1, which is ours too: set anycast.bgp.router-id to another",
    );
  });

  testWith("bird", "BIRD does not know us", async () => {
    const daemon = await birdOf({ peerAddress: "127.0.0.8" });
    await untilWhy(
      speakerTo(daemon),
      "IT closed the connection before the session was up: does it have us as a neighbour, with AS 64500, is the session enabled there, and does no other process have it?",
    );
  });

  testWith("bird", "one family only: the other one is announced, and a sentence says what is missing", async () => {
    const daemon = await birdOf({ channels: [4] });
    const speaker = speakerTo(daemon);
    await untilPeer(speaker, "up");
    await untilRoutes(daemon, { [PREFIX4]: "up" });
    expect(speaker.peers[0].announced).toEqual(wantedOf({ [PREFIX4]: "up" }));
    expect(speaker.peers[0].why).toMatch(/takes no IPv6 routes, so none are announced to it: turn them on there/);
  });

  testWith("bird", "a session that is disabled, and enabled again", async () => {
    const daemon = await birdOf();
    const speaker = speakerTo(daemon);
    await untilRoutes(daemon, BOTH);
    await daemon.ask('disable zonecast "new cables"');
    await vi.waitFor(() => expect(speaker.peers[0].state).toBe("down"), soon);
    expect(speaker.peers[0].why).toMatch(/(?:has shut the session down|start it, enable the session there)/);
    await daemon.ask("enable zonecast");
    await untilRoutes(daemon, BOTH);
  });

  testWith("bird", "a second process of ours does not disturb the first one's session", async () => {
    const daemon = await birdOf();
    const first = speakerTo(daemon);
    await untilRoutes(daemon, BOTH);
    const second = speakerTo(daemon);
    await untilWhy(
      second,
      "IT closed the connection before the session was up: does it have us as a neighbour, with AS 64500, is the session enabled there, and does no other process have it?",
    );
    expect(first.peers[0].state).toBe("up");
    await first.close();
    await untilPeer(second, "up");
    await untilRoutes(daemon, BOTH);
  });

  testWith("bird", "a BIRD that hangs is given up after the hold time, and found again", async () => {
    const daemon = await birdOf();
    const speaker = speakerTo(daemon);
    await untilPeer(speaker, "up");
    daemon.signal("SIGSTOP");
    await untilWhy(speaker, "IT has said nothing for the hold time of 3 s: it hangs, or packets are lost");
    daemon.signal("SIGCONT");
    await untilPeer(speaker, "up");
    await untilRoutes(daemon, BOTH);
  });
});

testWith("bird", "a BIRD that hangs does not hold up the end", async () => {
  const daemon = await birdOf();
  const speaker = speakerTo(daemon);
  await untilRoutes(daemon, BOTH);
  daemon.signal("SIGSTOP");
  const begun = performance.now();
  await speaker.close();
  expect(performance.now() - begun).toBeLessThan(1500);
  expect(speaker.peers[0].announced).toEqual([]);
  // What was sent is still there for it when it goes on.
  daemon.signal("SIGCONT");
  await untilRoutes(daemon, {});
});

describe("what BIRD sees", () => {
  testWith("bird", "all attributes of a level, iBGP", async () => {
    const daemon = await birdOf();
    const speaker = speakerTo(daemon);
    speaker.want(wantedOf({ [PREFIX4]: "reserve", [PREFIX6]: "draining" }));
    await untilRoutes(daemon, { [PREFIX4]: "reserve", [PREFIX6]: "draining" });
    const [four, six] = await daemon.allRoutes();
    expect(four.attributes).toMatchObject({
      "BGP.origin": "IGP",
      "BGP.next_hop": "127.0.0.1",
      "BGP.med": "100",
      "BGP.local_pref": "100",
      "BGP.large_community": "(64500, 1, 2)",
      // With our AS in it, BIRD would not take it from its own AS.
      "BGP.as_path": "",
    });
    expect(six.attributes).toMatchObject({
      "BGP.next_hop": "::1",
      "BGP.med": "200",
      "BGP.community": "(65535,0)",
      "BGP.as_path": "",
    });
  });

  testWith(
    "bird",
    "all attributes of a level, eBGP, with AS numbers of four octets and next hops of our choice",
    async () => {
      const daemon = await birdOf({ as: 4200000002, peerAs: 4200000001 });
      const nextHops = ["192.0.2.7", "2001:db8::7"];
      const speaker = speakerTo(daemon, { as: 4200000001, neighbourAs: 4200000002, nextHops });
      speaker.want(wantedOf({ [PREFIX4]: "up", [PREFIX6]: "draining" }));
      await untilRoutes(daemon, { [PREFIX4]: "up", [PREFIX6]: "draining" });
      const [four, six] = await daemon.allRoutes();
      expect(four.attributes).toMatchObject({ "BGP.as_path": "4200000001", "BGP.next_hop": "192.0.2.7" });
      const path = "4200000001 4200000001 4200000001 4200000001";
      expect(six.attributes).toMatchObject({ "BGP.as_path": path, "BGP.next_hop": "2001:db8::7" });
    },
  );

  testWith("bird", "asked to refresh, it is told all again", async () => {
    const daemon = await birdOf();
    speakerTo(daemon);
    await untilRoutes(daemon, BOTH);
    const before = await daemon.activity();
    await daemon.ask("reload in zonecast");
    await vi.waitFor(async () => expect(await daemon.activity()).toBe(before + 2), soon);
  });
});

describe("what comes back", () => {
  const EXPORTS = 'export where proto = "elsewhere";';
  const OTHER = `protocol bgp elsewhere {
  local 127.0.0.2 port $PORT as 64500;
  neighbor 127.0.0.3 as 64601;
  multihop 1; passive on; strict bind on; hold time 3; graceful restart off;
  ipv4 { table ours4; import all; export none; preference 250; };
  ipv6 { table ours6; import all; export none; preference 250; };
}`;

  function other(daemon: BirdDaemon): Speaker {
    const at = { address: "127.0.0.2", port: daemon.port };
    const neighbours = [{ at, as: AS, password: undefined, hops: 0, nextHops: [] }];
    const dial = () => connect({ host: at.address, port: at.port, localAddress: "127.0.0.3" });
    const options = { ...speakerOptions({ port: daemon.port, as: 64601, routerId: "192.0.2.3" }), neighbours };
    const speaker = new Speaker(options, Object.assign(surroundings(), { dial }));
    onTestFinished(() => speaker.close());
    speaker.start();
    return speaker;
  }

  const heard = (speaker: Speaker) => [PREFIX4, PREFIX6].map((prefix) => speaker.heard(prefixOf(prefix)));

  testWith("bird", "paths of others are heard, and that they are gone; our own are none", async () => {
    const daemon = await birdOf({ session: "graceful restart aware;", exports: EXPORTS, more: OTHER });
    const speaker = speakerTo(daemon);
    expect(heard(speaker)).toEqual([undefined, undefined]);
    await vi.waitFor(() => expect(heard(speaker)).toEqual([false, false]), soon);
    const elsewhere = other(daemon);
    elsewhere.want(wantedOf(BOTH));
    await vi.waitFor(() => expect(heard(speaker)).toEqual([true, true]), soon);
    elsewhere.want(wantedOf({ [PREFIX6]: "up" }));
    await vi.waitFor(() => expect(heard(speaker)).toEqual([false, true]), soon);
    speaker.want([]);
    await untilRoutes(daemon, {});
    expect(heard(speaker)).toEqual([false, true]);
    // Whoever has nobody to ask knows nothing.
    await daemon.kill();
    await vi.waitFor(() => expect(heard(speaker)).toEqual([undefined, undefined]), soon);
  });

  testWith("bird", "a BIRD that tells nothing is not taken for one that hears nobody", async () => {
    const daemon = await birdOf({ more: OTHER });
    const speaker = speakerTo(daemon);
    await untilRoutes(daemon, BOTH);
    other(daemon).want(wantedOf(BOTH));
    await vi.waitFor(async () => expect(await daemon.allRoutes()).toHaveLength(4), soon);
    expect(heard(speaker)).toEqual([undefined, undefined]);
  });
});

describe("a connection that can be watched", () => {
  /** Between the speaker and BIRD: what the speaker writes, chunk by chunk. */
  async function watched(daemon: BirdDaemon): Promise<{ port: number; chunks: Buffer[]; sockets: Socket[] }> {
    const chunks: Buffer[] = [];
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      const inner = connect({ host: "127.0.0.1", port: daemon.port });
      sockets.push(socket, inner);
      socket.on("data", (chunk) => {
        chunks.push(chunk);
        inner.write(chunk);
      });
      inner.on("data", (chunk) => socket.write(chunk));
      for (const [one, to] of [[socket, inner] as const, [inner, socket] as const]) {
        one.on("error", () => {});
        one.on("close", () => to.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    return { port: typeof address === "object" && address ? address.port : 0, chunks, sockets };
  }

  testWith("bird", "all changes of one want are one segment, and no change is none", async () => {
    const daemon = await birdOf();
    const { port, chunks } = await watched(daemon);
    const speaker = makeAnnouncer({ port, hold: 180 }, surroundings());
    onTestFinished(() => speaker.close());
    speaker.start();
    await untilPeer(speaker, "up");
    const before = chunks.length;
    const updates = () => chunks.slice(before).filter((chunk) => chunk.length > 19);
    speaker.want(wantedOf({ [PREFIX4]: "up", [PREFIX6]: "reserve" }));
    await untilRoutes(daemon, { [PREFIX4]: "up", [PREFIX6]: "reserve" });
    expect(updates()).toHaveLength(1);
    speaker.want(wantedOf({ [PREFIX4]: "up", [PREFIX6]: "reserve" }));
    speaker.want(wantedOf({ [PREFIX4]: "draining" }));
    await untilRoutes(daemon, { [PREFIX4]: "draining" });
    expect(updates()).toHaveLength(2);
  });

  testWith("bird", "a connection that breaks is made anew, and all is announced again", async () => {
    const daemon = await birdOf();
    const { port, sockets } = await watched(daemon);
    const speaker = makeAnnouncer({ port }, surroundings());
    onTestFinished(() => speaker.close());
    speaker.start();
    speaker.want(wantedOf(BOTH));
    await untilRoutes(daemon, BOTH);
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(() => expect(speaker.peers[0].state).toBe("down"), soon);
    await untilPeer(speaker, "up");
    await untilRoutes(daemon, BOTH);
  });
});
