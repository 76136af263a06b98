/** Who gets a seat, and who gives way. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Count, Counters } from "../../src/answer/counters.ts";
import { Connections, type Seated } from "../../src/transport/connections.ts";

interface One extends Seated {
  readonly entered: number;
  usedAt: number;
  gone: boolean;
}

function one(prefix: string, entered = 0): One {
  return {
    prefix,
    entered,
    usedAt: entered,
    gone: false,
    expire() {
      this.gone = true;
    },
  };
}

test("connections are counted: open, taken, given way for anybody and for the same client", () => {
  const counters = new Counters();
  const connections = new Connections(3, 2, counters);
  const all = ["a", "a", "a", "b", "c"].map((prefix) => one(prefix));
  for (const each of all) connections.enter(each);
  expect(all.map(({ gone }) => gone)).toEqual([true, true, false, false, false]);
  connections.leave(all[2]);
  // Its socket closes after it gave way: its seat is another's already.
  connections.leave(all[0]);
  const { TCP_OPEN, TCP_OPENED, TCP_GAVE_WAY, TCP_GAVE_WAY_CLIENT } = Count;
  const counts = [TCP_OPEN, TCP_OPENED, TCP_GAVE_WAY, TCP_GAVE_WAY_CLIENT].map((count) => counters.cells[count]);
  expect(counts).toEqual([2, 5, 1, 1]);
  // A thread in the place of one that died begins without any.
  new Connections(3, 2, counters);
  expect([counters.cells[TCP_OPEN], counters.cells[TCP_OPENED]]).toEqual([0, 5]);
});

test("who asked a moment ago stays, who has not asked for longest goes", () => {
  const connections = new Connections(3, 3);
  const all = ["a", "b", "c", "d", "e"].map((prefix) => one(prefix));
  const [a, b, c, d, e] = all;
  for (const each of [a, b, c]) connections.enter(each);
  [c.usedAt, a.usedAt] = [1, 2];
  connections.enter(d);
  expect(b.gone).toBe(true);
  connections.enter(e);
  expect(all.filter(({ gone }) => !gone)).toHaveLength(3);
  expect(e.gone).toBe(false);
});

/** The connections as they should be: a list, and who may give way to a new one of a client. */
class Model {
  readonly connections = new Connections(5, 2);
  readonly open: One[] = [];

  of(client: string): One[] {
    return this.open.filter(({ prefix }) => prefix === client);
  }

  enter(client: string, now: number): void {
    const own = this.of(client);
    const among = own.length === 2 ? own : this.open.length === 5 ? [...this.open] : [];
    // The first of those that never asked is older than whoever may go before it.
    const silent = Math.min(...among.filter(({ usedAt, entered }) => usedAt === entered).map(({ entered }) => entered));
    const fresh = one(client, now);
    this.connections.enter(fresh);
    this.open.push(fresh);
    const gone = this.open.filter(({ gone }) => gone);
    expect(gone).toHaveLength(among.length > 0 ? 1 : 0);
    for (const each of gone) {
      expect(among).toContain(each);
      expect(each.usedAt).toBeLessThanOrEqual(silent);
      this.open.splice(this.open.indexOf(each), 1);
    }
  }

  leave(client: string): void {
    const [first] = this.of(client);
    if (first === undefined) return;
    this.connections.leave(first);
    this.open.splice(this.open.indexOf(first), 1);
  }
}

const step = fc.record({ act: fc.constantFrom("enter", "use", "leave"), client: fc.constantFrom("a", "b", "c", "d") });

test("any order of events: never more than allowed, nobody gives way without need or out of turn, every seat comes back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const model = new Model();
      steps.forEach(({ act, client }, i) => {
        if (act === "enter") model.enter(client, i);
        else if (act === "leave") model.leave(client);
        else for (const each of model.of(client).slice(0, 1)) each.usedAt = i;
        expect(model.connections.count).toBe(model.open.length);
      });
      for (const client of ["a", "b", "c", "d"]) while (model.of(client).length > 0) model.leave(client);
      expect(model.connections.count).toBe(0);
    }),
  );
});
