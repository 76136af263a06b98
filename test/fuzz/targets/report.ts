/**
 * What POPs, and who waits for them, leave in a store unsigned: reports and lines of the ledger. Any of them may write what
 * it likes; whoever shows the fleet, conducts a rollout or asks for its turn goes on. The first octet says which it is.
 */

import { FleetView } from "../../../src/anycast/fleet/view.ts";
import { fleetLines } from "../../../src/cli/fleettable.ts";
import { rolloutDocument, rolloutLines } from "../../../src/cli/rolloutlines.ts";
import { viewOf } from "../../../src/dashboard/view.ts";
import { fleetSnapshot } from "../../../src/sync/fleetview/build.ts";
import type { Manifest } from "../../../src/sync/manifest/manifest.ts";
import { Ear } from "../../../src/sync/orders/heard.ts";
import { type PopReport, reportOctets } from "../../../src/sync/report.ts";
import { type Passage, passageLine, readPassage } from "../../../src/sync/rollout/ledger.ts";
import { step } from "../../../src/sync/rollout/step.ts";
import { dateAt, Facts, START, versionOf } from "../../sync/fleetview/facts.ts";
import { manifestOf } from "../../sync/manifest/manifests.ts";
import { standingOf } from "../../sync/orders/standings.ts";
import { oddly } from "../engine/json.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 6000;
const POP = "lhr1";
const ZONE = "example.";
const LEDGER = 1;
const NOW = 12;

const COUNTS = { seconds: 60, queries: 1000, nxdomain: 10, servfail: 1, refused: 0 };
const TIMES = { received: dateAt(1), fetchedMs: 3, compiledMs: 5, servingMs: 9 };

const REPORT: PopReport = {
  ...{ v: 1, pop: POP, groups: ["europe"], release: "1.0.0", at: dateAt(10), every: 10, epoch: "e", position: 1 },
  ...{ ready: true, announcing: true, ask: ["192.0.2.1@53"], zones: 1, digest: "00", refusals: 1 },
  ordered: { id: 3, refused: { id: 3, why: "no such service" } },
  refused: [{ zone: ZONE, id: 1, serves: 0, serial: 7, why: "no NS" }],
  recent: [{ zone: ZONE, id: 1, version: 9, serial: 90, ...TIMES }],
  rollouts: [{ zone: ZONE, version: 9, now: COUNTS, before: COUNTS }],
  standings: [
    standingOf({
      plan: { to: "drain", by: "alice", why: "works", at: START, until: START + 1e6 },
      ask: { ticket: "t", to: "drain", planned: true, both: false, place: 1 },
    }),
  ],
  vitals: {
    place: { latitude: 51.5, longitude: -0.1, name: "London" },
    ...{ started: dateAt(0), qps: [1, 2, 3], rcodes: { NOERROR: 7 }, types: { A: 7 }, dropped: 0 },
    queries: { udp4: 1, udp6: 2, tcp4: 3, tcp6: 4 },
    clients: [{ prefix: "192.0.2.0/24", share: 0.5 }],
    transitions: [{ at: dateAt(3), prefix: "198.51.100.0/24", to: "off", why: "probes" }],
  } as PopReport["vitals"] & object,
};

const PASSAGE: Passage = {
  ...{ v: 1, zone: ZONE, version: 9, serial: 90, id: 1, at: dateAt(3), by: "alice", outcome: "proven", text: "done" },
  ...{ pops: 1, proven: 1, spread: { p50: 1, p99: 2, max: 3 } },
  arrivals: [{ pop: POP, standing: "proven", receipt: TIMES, provenMs: 3 }],
};

export function open(): Target {
  const manifest = rollingOut();
  return {
    name: "report",
    most: MOST,
    seeds: [
      Uint8Array.of(0, ...reportOctets(REPORT)),
      Uint8Array.of(0, ...octetsOf(JSON.stringify(REPORT))),
      Uint8Array.of(LEDGER, ...passageLine(PASSAGE).octets),
    ],
    words: ["null", "{}", "[]", '"', ",", ":", "\n", "1e999", "-1", '"pop":"lhr1"', '"v":1', '"at":"x",\n'].map(
      octetsOf,
    ),
    make: (random) => {
      if (random.once(4)) return Uint8Array.of(LEDGER, ...octetsOf(JSON.stringify(oddly(random, PASSAGE))));
      const odd = oddly(random, REPORT);
      // Two forms: as this release writes it, and as a plain document.
      const plain = random.once(2) || typeof odd !== "object" || odd === null;
      return Uint8Array.of(0, ...(plain ? octetsOf(JSON.stringify(odd)) : reportOctets(odd as PopReport)));
    },
    check: (input) => {
      if (input[0] === LEDGER) ledger(input.subarray(1), manifest);
      else report(input.subarray(1), manifest);
    },
  };
}

function rollingOut(): Manifest {
  return manifestOf({
    ...{ latest: 9, versions: [versionOf(9), versionOf(8)] },
    targets: [
      { group: POP, version: 9 },
      { group: "*", version: 8 },
    ],
    rollout: { version: 9, from: 8, waves: [{ to: [POP], bake: 5 }], wave: 0, state: "running" },
  });
}

/** Whoever reads it: a view of the fleet and its pages, a conductor, and other POPs that ask for their turn. */
function report(octets: Uint8Array, manifest: Manifest): void {
  const facts = new Facts();
  facts.heads.take({ zone: ZONE, revision: 1, manifest, came: START });
  facts.hear("fra1", 10, { [ZONE]: 8 });
  const heard = facts.fleet.hear({ pop: POP, octets, order: 2 }, NOW * 1000);
  const snapshot = fleetSnapshot(facts.at(NOW + 1));
  must(snapshot.pops.length === (heard === undefined ? 1 : 2), "a POP too many or too few");
  JSON.stringify(viewOf(snapshot, "fra1"));
  judgeLines(fleetLines(snapshot, { sheet: { width: 80, colours: false }, pops: 10 }));
  const limits = { jump: 5, least: 10 } as unknown as Parameters<typeof step>[0]["limits"];
  step(
    { manifest, revision: 1, epoch: "e", pops: facts.fleet.all(), proofs: undefined, limits, now: 13_000 },
    undefined,
  );
  const view = new FleetView("fra1");
  const other = new Ear("fra1", () => undefined).hear({ pop: POP, octets, order: 2 }, false);
  if (other === undefined) return;
  const moment = { monotonic: 10, date: START };
  view.hear(other, moment);
  for (const service of view.services()) view.members(service, moment);
}

/** Whoever shows how a version reached the fleet. */
function ledger(octets: Uint8Array, manifest: Manifest): void {
  const passage = readPassage(octets);
  if (passage === undefined) return;
  const state = { manifest, rollout: manifest.rollout, pops: [], ledger: [passage] };
  rolloutLines(state, START);
  JSON.stringify(rolloutDocument(state));
}

/** Names and reasons come from anybody: nothing of theirs may move a cursor. */
function judgeLines(lines: readonly string[]): void {
  for (const line of lines) {
    for (const letter of line)
      must(letter >= " " && letter !== "\x7f", `a control character in ${JSON.stringify(line)}`);
  }
}
