/**
 * The same questions to NSD, Knot, BIND and this server: whatever two of the three agree on, ours has to say too,
 * unless decided.ts records why not. The seed makes a run repeatable: INTEROP_SEED chooses another one.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Context, decisionFor } from "./decided.ts";
import { startOurs } from "./ours.ts";
import { type PeerName, peerKinds } from "./peerconfig.ts";
import { allOrNone, available, peerAvailable, type Served, startPeer } from "./peers.ts";
import { remove } from "./process.ts";
import type { Question } from "./query.ts";
import { oddQuestions, questionsFor, type Share } from "./questions.ts";
import { seeded } from "./random.ts";
import { report } from "./report.ts";
import { compareAll, type Outcome } from "./run.ts";
import { prepareZones, type TestZone } from "./testzones.ts";
import { ownersOf } from "./zonetext.ts";

const seed = Number(process.env.INTEROP_SEED ?? 20261101);
const share: Share = { exact: 600, varied: 600, any: 25 };
const allPeers = Object.keys(peerKinds) as PeerName[];
const peerNames = allPeers.filter(peerAvailable);
const ready = peerNames.length >= 2 && available("dnssec-signzone") && available("named-compilezone");

describe.skipIf(!ready)("ours answers as most of NSD, Knot and BIND do", () => {
  let dir: string;
  let servers: Served[] = [];
  let questions: Question[] = [];
  let context: Context;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "interop-zones-"));
    const zones = await prepareZones(dir, seed);
    context = contextOf(zones);
    servers = await startAll(zones);
    const random = seeded(seed);
    questions = zones.flatMap(({ origin, flat }) => questionsFor(origin, flat, random, share));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(servers.map(async (server) => server.stop()));
    await remove(dir);
  });

  // Reported as skipped where one is not installed, so that nobody takes a comparison of two for one of three.
  for (const name of allPeers) {
    test.skipIf(!peerNames.includes(name))(`${name} takes part`, () => {
      expect(servers.map((server) => server.name)).toContain(name);
    });
  }

  test("over UDP without EDNS", { timeout: 90_000 }, async () => {
    settle(await compareAll(servers, questions, "udp", context.apexes), context);
  });

  test("over UDP with the DO bit", { timeout: 90_000 }, async () => {
    const asked = questions.map((question) => ({ ...question, edns: { dnssecOk: true } }));
    settle(await compareAll(servers, asked, "udp", context.apexes), context);
  });

  test("over TCP, with and without the DO bit", { timeout: 90_000 }, async () => {
    const sample = questions.filter((_, at) => at % 16 === 0);
    const asked = sample.map((question, at) => (at % 2 ? { ...question, edns: { dnssecOk: true } } : question));
    settle(await compareAll(servers, asked, "tcp", context.apexes), context);
  });

  test.each(["udp", "tcp"] as const)("to unusual questions over %s", { timeout: 90_000 }, async (transport) => {
    settle(
      await compareAll(servers, ["nsec.example", "company.example"].flatMap(oddQuestions), transport, context.apexes),
      context,
    );
  });
});

async function startAll(zones: readonly TestZone[]): Promise<Served[]> {
  const sources = zones.map(({ origin, peerFile }) => ({ origin, file: peerFile }));
  // A peer in the part of ours shows whether the harness itself is sound.
  const standIn = peerNames.find((name) => name === process.env.INTEROP_OURS);
  const ours = standIn ? startPeer(standIn, sources) : startOurs(zones);
  const named = ours.then((server) => ({ ...server, name: "ours" }));
  return allOrNone([named, ...peerNames.map(async (name) => startPeer(name, sources))]);
}

function contextOf(zones: readonly TestZone[]): Context {
  const apexes = new Set(zones.map(({ origin }) => `${origin}.`));
  const owners = zones.flatMap(({ flat }) => [...ownersOf(flat)]);
  const cuts = owners.filter(([name, types]) => types.includes("NS") && !apexes.has(name));
  return { apexes, owners: new Set(owners.map(([name]) => name)), cuts: new Set(cuts.map(([name]) => name)) };
}

function settle(outcome: Outcome, context: Context): void {
  const open = outcome.differences.filter((difference) => decisionFor(difference, context) === undefined);
  const decided = outcome.differences.length - open.length;
  const split = Object.entries(outcome.undecided).map(([part, count]) => `${part} ${count}`);
  console.log(
    `${outcome.asked} questions; peers at odds: ${split.join(", ") || "none"}; decided differences: ${decided}`,
  );
  expect(open.length, report(open, 30)).toBe(0);
}
