/** One rollout as a conductor follows it: its manifest, what was seen of it, and what its POPs were found to answer. */

import type { Manifest } from "../manifest/manifest.ts";
import { ASKED, type PopView } from "./look.ts";
import type { Ask, Proof } from "./proof.ts";
import type { Slots } from "./slots.ts";
import type { Seen } from "./step.ts";
import type { PopStanding } from "./waited.ts";

/** A POP whose answer speaks against its word is asked again after this. */
const AGAIN_MS = 2000;

interface Found {
  readonly proof: Proof;
  /** When it was asked, by the monotonic clock. */
  readonly asked: number;
}

export interface Course {
  readonly manifest: Manifest;
  readonly revision: number;
  /** When this wave's manifest came. */
  readonly began: number;
  seen: Seen | undefined;
  /** A swap is under way. */
  turning: boolean;
  /** After a swap that failed: not before this time. */
  notBefore: number;
  /** What was told last. */
  told: string;
  readonly found: Map<string, Found>;
  readonly asking: Set<string>;
  /** Milliseconds from its wave's beginning until a POP had answered with the version. */
  readonly proven: Map<string, number>;
}

/** A course for a manifest; what was seen under the rollout's earlier one goes on to hold. */
export function courseOf(manifest: Manifest, revision: number, now: number, before: Course | undefined): Course {
  const same = before?.manifest.rollout?.version === manifest.rollout?.version ? before : undefined;
  return {
    manifest,
    revision,
    began: now,
    seen: same?.seen,
    turning: false,
    notBefore: 0,
    told: "",
    // A POP that had the version before this manifest need not be asked again.
    found: new Map(same?.found),
    asking: new Set(),
    proven: new Map(same?.proven),
  };
}

/** Proofs as a step takes them. */
export function proofsOf(course: Course): ReadonlyMap<string, Proof> {
  return new Map([...course.found].map(([pop, { proof }]) => [pop, proof]));
}

export interface Prover {
  readonly ask: Ask;
  readonly slots: Slots;
  monotonic(): number;
  /** Addresses of a POP. */
  addresses(pop: string): readonly string[];
}

/** Asks the POPs that report the version; resolves when all that were to be asked now have answered or not. */
export async function prove(course: Course, views: readonly PopView[], prover: Prover): Promise<void> {
  const due = views.filter((view) => isDue(course, view, prover.monotonic()));
  await Promise.all(
    due.map(async ({ pop }) => {
      course.asking.add(pop);
      const proof = await prover.slots.run(() => prover.ask(pop, prover.addresses(pop), course.manifest.zone));
      course.asking.delete(pop);
      const now = prover.monotonic();
      course.found.set(pop, { proof, asked: now });
      if (isProof(proof, pop, course.manifest) && !course.proven.has(pop)) course.proven.set(pop, now - course.began);
    }),
  );
}

/** Those that are behind although they have reported the version: nobody has asked them, or they have answered otherwise. */
function isDue(course: Course, { pop, state, why }: PopView, now: number): boolean {
  if (state !== "behind" || course.asking.has(pop)) return false;
  const found = course.found.get(pop);
  return found === undefined ? why === ASKED : now - found.asked >= AGAIN_MS;
}

function isProof(proof: Proof, pop: string, { versions, rollout }: Manifest): boolean {
  const serial = versions.find(({ version }) => version === rollout?.version)?.serial;
  return proof.say === "serial" && proof.pop === pop && proof.serial === serial;
}

/** How the POPs stand, for the ledger. */
export function standings(course: Course, views: readonly PopView[]): readonly PopStanding[] {
  return views.map(({ pop, state, why }) => ({ pop, ...standingOf(course.proven.get(pop), state, why) }));
}

function standingOf(ms: number | undefined, state: PopView["state"], why: string): Omit<PopStanding, "pop"> {
  switch (state) {
    case "serves":
      // By its word alone, when it can't be reached from here.
      return ms === undefined
        ? { standing: "waiting", why: "reports it, and was not proven", ms }
        : { standing: "proven", why: "", ms };
    case "refuses":
      return { standing: "refuses", why, ms };
    case "silent":
    case "fallen":
      return { standing: "silent", why, ms };
    case "withdrawn":
      return { standing: "withdrawn", why, ms };
    case "old":
      return { standing: "later", why, ms };
    case "behind":
    case "unheard":
      return { standing: "waiting", why, ms };
  }
}
