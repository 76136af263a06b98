/** What is counted of each zone, in a row of its own. */

import { expect, test } from "vitest";
import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import { Counters } from "../../src/answer/counters.ts";
import { responder } from "../../src/answer/respond.ts";
import { NO_ROW, ROW_CELLS, ZONE_COUNTS_BYTES, ZoneCounts, ZoneRows } from "../../src/answer/zonecounts.ts";
import { nameFromText } from "../../src/text/name.ts";
import { zoneFromText } from "../support/server.ts";

const TEXT = `$TTL 60
@ SOA ns h 1 2 3 4 5
@ NS ns
ns A 192.0.2.1
`;

function query(name: string, { type = 1, rrclass = 1 } = {}): Uint8Array {
  return Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...nameFromText(name), 0, type, 0, rrclass);
}

/** Two zones that are served, in rows 1 and 2, and one that never loaded, in row 3. */
function server(): { ask: (octets: Uint8Array, stream?: boolean) => void; row: (row: number) => number[] } {
  const counts = new ZoneCounts(new ArrayBuffer(8 * ROW_CELLS * 8));
  const catalogue = new Catalogue();
  catalogue.set(nameFromText("a."), zoneFromText("a.", TEXT, "a"), 1);
  catalogue.set(nameFromText("b.a."), zoneFromText("b.a.", TEXT, "b"), 2);
  catalogue.set(nameFromText("broken."), undefined, 3);
  catalogue.complete = true;
  const settings = { payload: 1232, identity: new Uint8Array(1), cookies: undefined, idle: 10 };
  const respond = responder(catalogue, new Chaos("p", undefined), settings, new Counters(), counts);
  const reply = new Uint8Array(65535);
  return {
    ask: (octets, stream = false) => {
      respond(octets, octets.length, reply, {
        stream,
        encrypted: false,
        address: () => new Uint8Array(4),
        seconds: () => 0,
      });
    },
    row: (row) => [...counts.cells.subarray(row * ROW_CELLS, (row + 1) * ROW_CELLS)],
  };
}

test("replies are counted in the row of the zone that gave them, by response code", () => {
  const { ask, row } = server();
  ask(query("a."));
  ask(query("ns.a."));
  ask(query("x.a."));
  ask(query("NS.B.A."));
  ask(query("x.y.b.a."));
  for (let i = 0; i < 3; i++) ask(query("www.broken."));
  expect([row(1), row(2), row(3)]).toEqual([
    [3, 1, 0, 0],
    [2, 1, 0, 0],
    [3, 0, 3, 0],
  ]);
});

test("a DS at a cut between two zones of ours counts for the parent, which answers it", () => {
  const { ask, row } = server();
  ask(query("b.a.", { type: 43 }));
  expect([row(1)[0], row(2)[0]]).toEqual([1, 0]);
});

test("what is no zone's goes to the row of nobody: names elsewhere, CHAOS, garbage", () => {
  const { ask, row } = server();
  ask(query("a.", { rrclass: 1 }));
  ask(query("elsewhere."));
  ask(query("a.", { rrclass: 3 }));
  ask(query("a.").subarray(0, 14));
  expect([row(1), row(2), row(3)]).toEqual([
    [1, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  expect(row(NO_ROW)[0]).toBe(3);
});

test("rows are given from 1 on and again after they were freed; when there are none, NO_ROW", () => {
  const rows = new ZoneRows();
  expect([rows.take(), rows.take(), rows.take()]).toEqual([1, 2, 3]);
  rows.free(2);
  rows.free(NO_ROW);
  expect([rows.take(), rows.take()]).toEqual([2, 4]);
  const all = ZONE_COUNTS_BYTES / ROW_CELLS / 8;
  let inOrder = true;
  for (let row = 5; row < all; row++) inOrder &&= rows.take() === row;
  expect(inOrder).toBe(true);
  expect([rows.take(), rows.take()]).toEqual([NO_ROW, NO_ROW]);
  rows.free(7);
  expect(rows.take()).toBe(7);
});
