/** What a view makes of reports that come late, twice, out of order, after a gap, or from another store. */

import { expect, test } from "vitest";
import { type Asking, mayGo } from "../../../src/anycast/fleet/budget.ts";
import type { Heard, Standing } from "../../../src/anycast/fleet/standing.ts";
import { FleetView } from "../../../src/anycast/fleet/view.ts";
import type { Level } from "../../../src/anycast/level.ts";

const DATE = 1_800_000_000_000;
const LIMITS = { most: 1, window: 0 };
const ASKING: Omit<Asking, "ticket"> = { service: "ns1", to: "drain", planned: true, both: false, prefixes: ["v4"] };

const at = (seconds: number) => ({ monotonic: seconds * 1000, date: DATE + seconds * 1000 });

function standing(level: Level, ticket?: string, place?: number): Standing {
  const ask = ticket === undefined ? undefined : { ticket, to: "drain" as const, planned: true, both: false };
  const prefixes = [{ prefix: "v4", level }];
  return {
    ...{ service: "ns1", prefixes, phase: level, why: undefined, plan: undefined },
    ask: ask && (place === undefined ? ask : { ...ask, place }),
  };
}

/** A view of lhr1, who reports every 10 seconds, and of fra1 and nrt1, who are up. */
class Scene {
  readonly view = new FleetView("lhr1");
  order = 0;

  say(seconds: number, pop: string, is: Standing, more: Partial<Heard> = {}): boolean {
    const heard = { pop, order: ++this.order, every: 10, standings: [is], ...more };
    return this.view.hear(heard, at(seconds), pop === "lhr1" ? seconds * 1000 : undefined);
  }

  /** All three, every ten seconds. */
  run(from: number, to: number, mine = standing("up")): void {
    for (let seconds = from; seconds <= to; seconds += 10) {
      this.say(seconds, "lhr1", mine);
      this.say(seconds, "fra1", standing("up"));
      this.say(seconds, "nrt1", standing("up"));
    }
  }

  answer(seconds: number, ticket = "t1"): string {
    const answer = mayGo(this.view, { ...ASKING, ticket }, LIMITS, at(seconds));
    return answer.say === "grant" ? "grant" : (answer.why ?? "in a moment");
  }

  member(seconds: number, name: string) {
    return this.view.members("ns1", at(seconds)).find(({ pop }) => pop === name);
  }
}

test("an ask is granted when it has come back, and not before", () => {
  const scene = new Scene();
  scene.run(0, 50);
  expect(scene.answer(51)).toBe("the fleet was asked just now");
  scene.say(52, "lhr1", standing("up", "t1"));
  expect(scene.answer(52)).toBe("grant");
});

test("nothing is granted before everybody who lives was heard, nor while reports are being read", () => {
  const scene = new Scene();
  scene.run(0, 20, standing("up", "t1"));
  expect(scene.answer(24)).toContain("listened to for some seconds only");
  scene.run(30, 30, standing("up", "t1"));
  expect(scene.answer(31)).toBe("grant");
  scene.say(31, "fra1", standing("up"), { behind: true });
  expect(scene.answer(31)).toBe("in a moment");
});

test("a repeated report is no sign of life", () => {
  const scene = new Scene();
  scene.run(0, 50);
  const order = scene.order;
  for (let seconds = 60; seconds <= 80; seconds += 10) {
    scene.say(seconds, "lhr1", standing("up"));
    expect(scene.say(seconds, "nrt1", standing("up"), { order })).toBe(false);
  }
  expect(scene.member(80, "nrt1")?.live).toBe(false);
});

test("an older report changes nothing", () => {
  const scene = new Scene();
  scene.run(0, 30);
  scene.say(31, "fra1", standing("draining", "f1"));
  expect(scene.say(32, "fra1", standing("up"), { order: 1 })).toBe(false);
  expect(scene.member(32, "fra1")?.standing.phase).toBe("draining");
});

test("a report that was on its way for long does not undo what its POP has said since", () => {
  const scene = new Scene();
  scene.run(0, 30);
  scene.say(31, "fra1", standing("up", "f1"), { at: DATE + 31_000 });
  expect(scene.say(40, "fra1", standing("up"), { at: DATE + 25_000 })).toBe(false);
  expect(scene.member(40, "fra1")?.standing.ask?.ticket).toBe("f1");
  // A clock that was set back by an hour is believed.
  expect(scene.say(41, "fra1", standing("up"), { at: DATE - 3_600_000 })).toBe(true);
});

test("the own ask is not in the store when an older own report has come after it", () => {
  const scene = new Scene();
  scene.run(0, 30);
  scene.say(31, "lhr1", standing("up", "t1"), { at: DATE + 31_000 });
  scene.view.hear(
    { pop: "lhr1", order: 99, every: 10, standings: [standing("up")], at: DATE + 30_000 },
    at(33),
    30_000,
  );
  expect(scene.answer(33)).toBe("the fleet was asked just now");
});

test("an ask of which it is not known when it came counts as an earlier one, until its POP says its place", () => {
  const scene = new Scene();
  scene.run(0, 40);
  // fra1 was last seen without a ticket before lhr1 asked, and its first report with one was never seen.
  scene.say(50, "lhr1", standing("up", "t1"));
  scene.order += 5;
  scene.say(50, "fra1", standing("up", "f1"));
  expect(scene.answer(51)).toContain("fra1 has asked before");
  scene.say(52, "fra1", standing("up", "f1", scene.order));
  expect(scene.answer(52)).toBe("grant");
});

test("an ask of one who was seen without it after the own one is a later one", () => {
  const scene = new Scene();
  scene.run(0, 40);
  scene.say(50, "lhr1", standing("up", "t1"));
  scene.say(51, "fra1", standing("up"));
  scene.say(52, "fra1", standing("up", "f1"));
  expect(scene.answer(52)).toBe("grant");
});

test("a place that is above its own report is of another store, and not believed", () => {
  const scene = new Scene();
  scene.run(0, 40);
  scene.say(50, "lhr1", standing("up", "t1"));
  scene.say(51, "fra1", standing("up", "f1", 10_000));
  expect(scene.answer(51)).toContain("fra1 has asked before");
});

test("who was away goes to the end of the queue", () => {
  const scene = new Scene();
  scene.run(0, 40);
  scene.say(50, "lhr1", standing("up", "t1"));
  const place = scene.view.place("ns1", "t1") ?? 0;
  scene.say(60, "lhr1", standing("up", "t1"));
  expect(scene.view.place("ns1", "t1")).toBe(place);
  scene.say(61, "fra1", standing("up", "f1"));
  // Half an hour without the store: fra1 may have counted lhr1 out, and gone.
  scene.say(1861, "lhr1", standing("up", "t1"));
  expect(scene.view.place("ns1", "t1")).toBe(scene.order);
  for (let seconds = 1870; seconds <= 1890; seconds += 10) {
    scene.say(seconds, "lhr1", standing("up", "t1"));
    scene.say(seconds, "fra1", standing("up", "f1", place + 2));
    scene.say(seconds, "nrt1", standing("up"));
  }
  expect(scene.answer(1893)).toContain("fra1 has asked before");
});

test("who does not hear itself hears nobody", () => {
  const scene = new Scene();
  scene.run(0, 40, standing("up", "t1"));
  for (let seconds = 50; seconds <= 70; seconds += 10) scene.say(seconds, "fra1", standing("up"));
  expect(scene.answer(70)).toContain("do not come back from the store");
  // It came while nothing came back: it may have been written long ago.
  expect(scene.member(70, "fra1")?.live).toBe(false);
});

test("a silent POP counts, and after a quarter of an hour it is none any more", () => {
  const scene = new Scene();
  scene.run(0, 40);
  for (let seconds = 50; seconds <= 960; seconds += 10) {
    scene.say(seconds, "lhr1", standing("up", "t1"));
    scene.say(seconds, "fra1", standing("up"));
    if (seconds === 60) expect(scene.answer(61)).toBe("grant");
    if (seconds === 70) expect(scene.answer(71)).toContain("nrt1 was not heard since 08:00 UTC");
    if (seconds === 930) expect(scene.answer(931)).toContain("nrt1 was not heard");
  }
  expect(scene.member(960, "nrt1")).toBeUndefined();
  expect(scene.answer(961)).toBe("grant");
});

test("what lies in the store since days ago is of nobody, once everybody who lives was heard", () => {
  const scene = new Scene();
  scene.say(0, "old1", standing("off"), { at: DATE - 3 * 86_400_000 });
  scene.run(0, 30, standing("up", "t1"));
  expect(scene.answer(31)).toBe("grant");
});

test("another store: orders begin anew, and who was there is waited for", () => {
  const scene = new Scene();
  scene.run(0, 40, standing("up", "t1"));
  scene.order = 0;
  // Nobody has told the view: it sees that a later report has an earlier place.
  for (let seconds = 50; seconds <= 90; seconds += 10) {
    scene.say(seconds, "lhr1", standing("up", "t1"));
    scene.say(seconds, "fra1", standing("up"));
  }
  expect(scene.view.place("ns1", "t1")).toBe(1);
  expect(scene.answer(91)).toContain("nrt1 was not heard since 08:00 UTC");
  scene.say(92, "nrt1", standing("up"));
  expect(scene.answer(92)).toBe("grant");
});
