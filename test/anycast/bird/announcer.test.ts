/** The announcer over BIRD's control socket, against a real BIRD. */

import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import { type BirdOptions, birdAnnouncer } from "../../../src/anycast/bird/announcer.ts";
import type { LeasedAnnouncer } from "../../../src/anycast/lease/leased.ts";
import { testWith } from "../../support/need.ts";
import { surroundings } from "../announcer/surroundings.ts";
import { prefixOf, wantedOf } from "../announcer/wanted.ts";
import { type Bird, startBird, staticsFor } from "./bird.ts";

const P4 = "198.51.100.0/24";
const P6 = "2001:db8:53::/48";
const NAMES = { [P4]: "198_51_100_0_24", [P6]: "2001_db8_53_48" };
const all = [P4, P6].map(prefixOf);

let bird: Bird | undefined;
let announcer: LeasedAnnouncer | undefined;
let around = surroundings();

beforeEach(() => {
  around = surroundings();
});

afterEach(async () => {
  await announcer?.close();
  await bird?.close();
  announcer = undefined;
  bird = undefined;
});

async function begin(config = staticsFor([P4, P6]), more: Partial<BirdOptions> = {}): Promise<[Bird, LeasedAnnouncer]> {
  bird = await startBird(config);
  announcer = birdAnnouncer({ socket: bird.socket, hold: 3000, prefixes: all, ...more }, around);
  announcer.start();
  return [bird, announcer];
}

const until = (what: () => void) => vi.waitFor(what, { timeout: 5000, interval: 20 });
const up = (level: string, prefix: keyof typeof NAMES) => `zonecast_${level}_${NAMES[prefix]}`;

describe("levels", () => {
  testWith("bird", "each prefix by itself, each level by its protocol", async () => {
    const [daemon, one] = await begin();
    one.want(wantedOf({ [P4]: "up", [P6]: "draining" }));
    await until(() => expect(daemon.up()).toEqual([up("draining", P6), up("up", P4)]));
    await until(() =>
      expect(one.peers[0].announced).toEqual(expect.arrayContaining(wantedOf({ [P4]: "up", [P6]: "draining" }))),
    );
    expect(one.peers[0]).toMatchObject({ state: "up", why: undefined, tries: 0 });

    one.want(wantedOf({ [P4]: "reserve" }));
    await until(() => expect(daemon.up()).toEqual([up("reserve", P4)]));
    one.want([]);
    await until(() => expect(daemon.up()).toEqual([]));
  });

  testWith("bird", "what an earlier run has left is off before anything is wanted", async () => {
    bird = await startBird(staticsFor([P4, P6]));
    bird.ask(`enable "${up("up", P4)}"`);
    announcer = birdAnnouncer({ socket: bird.socket, hold: 3000, prefixes: all }, around);
    announcer.start();
    const daemon = bird;
    await until(() => expect(daemon.up()).toEqual([]));
  });

  testWith("bird", "close withdraws all, and the guard goes", async () => {
    const [daemon, one] = await begin();
    one.want(wantedOf({ [P4]: "up", [P6]: "up" }));
    await until(() => expect(daemon.up()).toHaveLength(2));
    const guard = one.guard ?? 0;
    await one.close();
    expect(daemon.up()).toEqual([]);
    expect(() => process.kill(guard, 0)).toThrow();
  });

  testWith("bird", "a prefix that it was not made for is refused", async () => {
    const [, one] = await begin();
    expect(() => one.want(wantedOf({ "192.0.2.0/24": "up" }))).toThrow("192.0.2.0/24 is none of the prefixes");
  });
});

describe("BIRD changes under it", () => {
  testWith("bird", "a reload turns all off: it is turned on again", async () => {
    const [daemon, one] = await begin();
    one.want(wantedOf({ [P4]: "up" }));
    await until(() => expect(daemon.up()).toEqual([up("up", P4)]));
    daemon.configure(staticsFor([P6, P4]));
    await until(() => expect(daemon.up()).toEqual([up("up", P4)]));
  });

  testWith("bird", "killed and started again: the routes are back, and peers say what was", async () => {
    const [daemon, one] = await begin();
    one.want(wantedOf({ [P4]: "up", [P6]: "reserve" }));
    await until(() => expect(daemon.up()).toHaveLength(2));
    await daemon.kill();
    await until(() => expect(one.peers[0]).toMatchObject({ state: "down", announced: [] }));
    expect(one.peers[0].why).toMatch(/(BIRD has closed|nobody answers on) .* start it again/);
    await daemon.start();
    await until(() => expect(daemon.up()).toEqual([up("reserve", P6), up("up", P4)]));
    await until(() => expect(one.peers[0]).toMatchObject({ state: "up", tries: 0 }));
  });

  testWith("bird", "hung: it is said within seconds, and all is well when it runs again", async () => {
    const [daemon, one] = await begin();
    one.want(wantedOf({ [P4]: "up" }));
    await until(() => expect(daemon.up()).toHaveLength(1));
    daemon.signal("SIGSTOP");
    await until(() => expect(one.peers[0].why).toMatch(/BIRD does not answer on .*: see whether it hangs/));
    one.want([]);
    daemon.signal("SIGCONT");
    await until(() => expect(daemon.up()).toEqual([]));
    await until(() => expect(one.peers[0].state).toBe("up"));
  });
});

describe("what bird.conf lacks", () => {
  testWith("bird", "a level that is missing: a sentence with the line to add, and the old level stays", async () => {
    const lines = staticsFor([P4, P6]).split("\n");
    const draining = lines.find((line) => line.includes(up("draining", P4))) ?? "";
    const [daemon, one] = await begin(lines.filter((line) => line !== draining).join("\n"));
    one.want(wantedOf({ [P4]: "up" }));
    await until(() => expect(daemon.up()).toEqual([up("up", P4)]));
    expect(one.peers[0].why).toBe(
      `BIRD has no protocol zonecast_draining_* with a route to ${P4}: add to bird.conf: ${draining}`,
    );
    one.want(wantedOf({ [P4]: "draining", [P6]: "up" }));
    await until(() => expect(daemon.up()).toEqual([up("up", P4), up("up", P6)].sort()));
    await until(() => expect(one.peers[0].state).toBe("down"));
    daemon.configure(lines.join("\n"));
    await until(() => expect(daemon.up()).toEqual([up("draining", P4), up("up", P6)].sort()));
    await until(() => expect(one.peers[0]).toMatchObject({ state: "up", why: undefined }));
  });

  testWith("bird", "a protocol with two prefixes is not used", async () => {
    const two = `protocol static zonecast_up_two { disabled; ipv4; route ${P4} blackhole; route 203.0.113.0/24 blackhole; }`;
    const [daemon, one] = await begin(two);
    one.want(wantedOf({ [P4]: "up" }));
    const sentence = `protocol zonecast_up_two in bird.conf must have the route of one prefix, and has ${P4}, 203.0.113.0/24`;
    await until(() => expect(around.told.map(({ text }) => text).join("\n")).toContain(sentence));
    expect(daemon.up()).toEqual([]);
  });

  testWith("bird", "names say nothing of the prefix: the route does", async () => {
    const swapped = staticsFor([P4, P6]).replaceAll(/_(198_51_100_0_24|2001_db8_53_48)/g, "_x$1x");
    const [daemon, one] = await begin(swapped);
    one.want(wantedOf({ [P6]: "up" }));
    await until(() => expect(daemon.up()).toEqual(["zonecast_up_x2001_db8_53_48x"]));
  });
});
