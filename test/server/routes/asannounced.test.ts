/** What others may count on: what routers have been told, and no more than is wanted. */

import { expect, test } from "vitest";
import type { Peer } from "../../../src/anycast/announcer.ts";
import type { Level } from "../../../src/anycast/level.ts";
import { asAnnounced, whyNotTaken } from "../../../src/server/routes/asannounced.ts";
import { type Prefix, prefixFromText } from "../../../src/text/prefix.ts";

const PREFIX = "198.51.100.0/24";

function peer(level: Level | undefined, why?: string): Peer {
  const announced = level === undefined ? [] : [{ prefix: prefixFromText(PREFIX) as Prefix, level }];
  return { name: "127.0.0.1@1790", state: why === undefined ? "up" : "down", since: 0, why, tries: 0, announced };
}

function announced(wanted: Level, ...told: (Level | undefined)[]): Level | undefined {
  const peers = told.map((level) => peer(level));
  return asAnnounced(new Map([[PREFIX, wanted]]), peers).get(PREFIX);
}

test("what no router has taken is off", () => {
  expect(announced("up")).toBe("off");
  expect(announced("up", undefined, undefined)).toBe("off");
});

test("one router that has taken it is enough, and of several the best counts", () => {
  expect(announced("up", undefined, "up")).toBe("up");
  expect(announced("up", "draining", "reserve")).toBe("reserve");
});

test("on its way down it is less at once, on its way up when a router has heard of it", () => {
  expect(announced("draining", "up")).toBe("draining");
  expect(announced("off", "draining")).toBe("off");
  expect(announced("up", "draining")).toBe("draining");
});

test("why nobody has taken it", () => {
  expect(whyNotTaken([peer(undefined, "nobody listens there: start BIRD"), peer(undefined)])).toBe(
    "nobody listens there: start BIRD",
  );
  expect(whyNotTaken([peer(undefined)])).toBe("no session with a router is up yet");
});
