/** A store in a folder of its own, zones to publish to it, and what a publisher works with. */

import { join } from "node:path";
import { newPrivateKey, type Signer, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import type { Manifest } from "../../../src/sync/manifest/manifest.ts";
import { openManifest } from "../../../src/sync/manifest/message.ts";
import type { Ground } from "../../../src/sync/publish/base.ts";
import { Fence } from "../../../src/sync/publish/fence.ts";
import { type Plan, planZone, type Terms } from "../../../src/sync/publish/plan.ts";
import { type Publication, publish } from "../../../src/sync/publish/publish.ts";
import { initStore, openStore } from "../../../src/sync/store/open.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { absoluteName } from "../../../src/text/name.ts";
import { Zone } from "../../../src/zone/image.ts";
import { loadZone } from "../../../src/zone/load.ts";
import { ACCESS } from "../../cli/publisher.ts";
import { directoryWith } from "../../server/program.ts";

export interface Workshop {
  readonly store: Store;
  readonly signer: Signer;
  readonly trust: Trust;
  readonly ground: Ground;
  /** Plans and publishes; the plan. */
  push(zone: string, text: string, terms?: Partial<Terms>): Promise<Plan>;
  plan(zone: string, text: string, terms?: Partial<Terms>): Promise<Plan>;
  publish(publications: readonly Publication[], store?: Store): Promise<readonly number[]>;
  head(zone: string): Promise<Manifest | undefined>;
}

const NOW = new Date("2026-11-20T12:00:00Z");

export const TERMS: Terms = {
  policy: "keep",
  limits: { shrink: 10, ttl: 10, rrsig: 3 },
  allow: new Set(),
  waves: [],
  shown: 100,
  shownNew: 100,
  by: "alice@desk",
  at: NOW,
  why: undefined,
};

/** A new store with its publisher. */
export async function workshop(): Promise<Workshop> {
  const where = `sqlite:${join(directoryWith(), "store.db")}`;
  const signer = signerFrom(newPrivateKey());
  const trust = new Trust([signer.publicKey]);
  await initStore(where, ACCESS, { history: 100, trust: [signer.publicKey], replicas: 1 });
  const store = await openStore(where, ACCESS);
  const ground: Ground = {
    store,
    trust,
    fence: new Fence([]),
    getBlob: (sha256) => store.getBlob(sha256),
    image: async () => undefined,
    now: NOW.getTime() / 1000,
  };
  const made: Workshop = {
    store,
    signer,
    trust,
    ground,
    plan: (zone, text, terms) => planZone({ zone, image: imageOf(zone, text) }, ground, { ...TERMS, ...terms }),
    push: async (zone, text, terms) => {
      const plan = await made.plan(zone, text, terms);
      if (plan.outcome === "change") await made.publish([plan.publication]);
      return plan;
    },
    publish: (publications, to = store) => {
      const signal = new AbortController().signal;
      return publish(publications, { store: to, signer, trust, signal, progress: () => {} });
    },
    head: async (zone) => {
      const entry = await store.head(zone);
      return entry && openManifest(zone, entry.octets, trust).manifest;
    },
  };
  return made;
}

/** Compiles a zone's text; it must have no errors. */
export function imageOf(zone: string, text: string): Zone {
  const source = { file: `${zone}zone`, bytes: Buffer.from(text) };
  const { image, problems } = loadZone(source, {
    apex: absoluteName(zone),
    include: () => "no files",
    now: NOW.getTime() / 1000,
  });
  if (image === undefined) throw new Error(JSON.stringify(problems));
  return new Zone(image);
}

/** The publication of a plan that has one. */
export function publicationOf(plan: Plan): Publication {
  if (plan.outcome !== "change") throw new Error(`${plan.zone} is ${plan.outcome}`);
  return plan.publication;
}
