/**
 * The zones that a POP follows: what each manifest that comes means for what is served. Decides, and does no I/O:
 * manifests and outcomes come in, verdicts go out.
 */

import { hash } from "node:crypto";
import { isRemoval, type Manifest, type Version, versionFor } from "../manifest/manifest.ts";
import type { ManifestError, Signed } from "../manifest/message.ts";
import { REFUSED_MOST, type Refused } from "../report.ts";
import type { Entry } from "../store/store.ts";
import { Digest } from "./digest.ts";
import { type Followed, type RefusedManifest, type Seen, unknown, type Work } from "./followed.ts";

/** What to do about a manifest. */
export type Verdict =
  /** It is known already, taken or refused. */
  | { readonly do: "nothing" }
  /** A newer one is on its way. */
  | { readonly do: "join"; readonly work: Work }
  | { readonly do: "refuse"; readonly id: number; readonly why: string }
  /** It removes a zone that is served: to be confirmed; or one that is not. */
  | { readonly do: "doubt" }
  | { readonly do: "forget" }
  /** What is served stays, and only what is known of it changes. */
  | { readonly do: "note"; readonly version: Version }
  /** It has no version for this POP. */
  | { readonly do: "pass" }
  | { readonly do: "make"; readonly version: Version };

/** Enough of a message's digest to know the message again. */
export function markOf(octets: Uint8Array): string {
  return hash("sha256", octets, "hex").slice(0, 24);
}

export class FollowSet {
  readonly #groups: readonly string[];
  readonly #zones = new Map<string, Followed>();
  readonly #refused = new Set<Followed>();
  readonly #missing = new Set<Followed>();
  readonly #rollouts = new Set<Followed>();
  readonly #digest = new Digest();
  #served = 0;
  #round = 0;

  /** `groups`: all that the POP is in, its own name among them. */
  constructor(groups: readonly string[]) {
    this.#groups = groups;
  }

  get(zone: string): Followed | undefined {
    return this.#zones.get(zone);
  }

  all(): Iterable<Followed> {
    return this.#zones.values();
  }

  /** Zones that are served. */
  get served(): number {
    return this.#served;
  }

  get digest(): string {
    return this.#digest.toString();
  }

  get missing(): number {
    return this.#missing.size;
  }

  get refusals(): number {
    return this.#refused.size + this.#missing.size;
  }

  /** Zones whose manifest has a rollout, the one that has it last at the end. */
  rollouts(): Iterable<Followed> {
    return this.#rollouts;
  }

  /** The version that a manifest has for this POP. */
  versionFor(manifest: Manifest): Version | undefined {
    return versionFor(manifest, this.#groups);
  }

  /** The zone, known from now on. */
  follow(zone: string): Followed {
    const known = this.#zones.get(zone);
    if (known) return known;
    const fresh = unknown(zone);
    fresh.round = this.#round;
    this.#zones.set(zone, fresh);
    return fresh;
  }

  /** What the copy has of a zone. `rollout`: its manifest has one. */
  restore(zone: string, taken: Seen, removal: Followed["removal"], rollout: boolean): Followed {
    const followed = this.follow(zone);
    followed.taken = taken;
    followed.removal = removal;
    followed.kept = true;
    this.#setRollout(followed, rollout);
    return followed;
  }

  /** True when nothing new can come of a manifest with this mark. */
  knows({ taken, refused, image, removal }: Followed, mark: string): boolean {
    return refused?.mark === mark || (taken?.mark === mark && (image !== undefined || removal !== "no"));
  }

  /** Judges a manifest that is known by its mark. */
  again({ work }: Followed, mark: string): Verdict {
    return work?.mark === mark ? { do: "join", work } : { do: "nothing" };
  }

  /** Judges a manifest that has come, or why it could not be opened. */
  judge({ zone, revision }: Entry, mark: string, opened: Signed | ManifestError): Verdict {
    const followed = this.follow(zone);
    const { taken, work } = followed;
    if (work?.mark === mark || this.knows(followed, mark)) return this.again(followed, mark);
    if (opened instanceof Error) return { do: "refuse", id: 0, why: opened.message };
    const { manifest } = opened;
    const fenced = fence(followed, manifest.id, mark, revision);
    if (fenced) return fenced;
    if (work && manifest.id < work.signed.manifest.id) return { do: "join", work };
    if (work && manifest.id === work.signed.manifest.id) return { do: "refuse", id: manifest.id, why: TWINS(zone) };
    if (isRemoval(manifest)) return { do: followed.image || isBooting(followed) ? "doubt" : "forget" };
    const version = this.versionFor(manifest);
    if (!version) return { do: "pass" };
    return { do: isServed(followed, version) && taken ? "note" : "make", version };
  }

  /** An entry has come, whatever became of it: the zone is in the store. */
  listed(followed: Followed): void {
    followed.round = this.#round;
    if (!followed.missing) return;
    followed.missing = false;
    this.#missing.delete(followed);
  }

  /** A manifest was taken, with the same content as before, or with none for this POP, or as a removal. */
  take(followed: Followed, entry: Entry, mark: string, manifest: Manifest): void {
    followed.taken = { id: manifest.id, revision: entry.revision, mark };
    followed.removal = isRemoval(manifest) ? "doubt" : "no";
    this.forgive(followed);
    this.#setRollout(followed, manifest.rollout !== undefined);
  }

  /** A version is served from now on; without an image, no longer. */
  serve(followed: Followed, version: Version | undefined, image: SharedArrayBuffer | undefined, at: number): void {
    this.#digest.change(followed.zone, followed.image && followed.version?.sha256, image && version?.sha256);
    this.#served += Number(image !== undefined) - Number(followed.image !== undefined);
    followed.version = version;
    followed.image = image;
    followed.fallback = undefined;
    followed.at = at;
  }

  /** A removal was carried out, or there was nothing to remove. The zone's ids are remembered. */
  gone(followed: Followed): void {
    this.serve(followed, undefined, undefined, 0);
    followed.removal = "done";
    followed.problems = [];
    this.listed(followed);
    this.#setRollout(followed, false);
  }

  refuse(followed: Followed, refused: RefusedManifest): void {
    followed.refused = refused;
    // The newest is the last, so that reports name it first.
    this.#refused.delete(followed);
    this.#refused.add(followed);
  }

  /** What was refused is the store's head no more, or it is tried again. */
  forgive(followed: Followed): void {
    followed.refused = undefined;
    this.#refused.delete(followed);
  }

  #setRollout(followed: Followed, rollout: boolean): void {
    followed.rollout = rollout;
    this.#rollouts.delete(followed);
    if (rollout) this.#rollouts.add(followed);
  }

  /** Another store tells from now on: its revisions are not those that are known. */
  forgetRevisions(): void {
    for (const followed of this.#zones.values()) {
      if (followed.taken) followed.taken = { ...followed.taken, revision: 0 };
      if (followed.refused) followed.refused = { ...followed.refused, revision: 0 };
    }
  }

  /** The copy has nothing any more. */
  unkept(): void {
    for (const followed of this.#zones.values()) followed.kept = false;
  }

  /** All versions that are served, or are being made. */
  *versions(): Generator<Version> {
    for (const { version, work } of this.#zones.values()) {
      if (version) yield version;
      if (work) yield work.version;
    }
  }

  /** A look at all heads begins; its number. */
  beginRound(): number {
    return ++this.#round;
  }

  /**
   * A look at all heads is over: the zones that are served and were not found, and were not missing before. None when
   * another look has begun meanwhile.
   */
  endRound(round: number): Followed[] {
    const found: Followed[] = [];
    if (round !== this.#round) return found;
    for (const followed of this.#zones.values()) {
      if (followed.round === this.#round || followed.missing) continue;
      if (!followed.image || followed.removal !== "no") continue;
      followed.missing = true;
      this.#missing.add(followed);
      found.push(followed);
    }
    return found;
  }

  /** Those refused, the newest first, then those that are missing; as many as a report names. */
  refused(): Refused[] {
    const newest = [...this.#refused].slice(-REFUSED_MOST).reverse();
    const missing: Followed[] = [];
    for (const followed of this.#missing) {
      if (newest.length + missing.length >= REFUSED_MOST) break;
      missing.push(followed);
    }
    return [
      ...newest.map((followed) => refusedOf(followed, followed.refused?.id ?? 0, followed.refused?.why ?? "")),
      ...missing.map((followed) => refusedOf(followed, 0, MISSING)),
    ];
  }
}

/** What is said of a zone that is served, and that the store has no more. */
const MISSING =
  "the store has no such zone, and no removal of it; it is served on: push it again, or push it and remove it";

const TWINS = (zone: string) =>
  `the store has another manifest of ${zone} with the same id as one that this POP has taken: push the zone again`;

/** True while a zone of the copy is not served yet, and will be. */
function isBooting({ work, fallback }: Followed): boolean {
  return work?.fresh === false || fallback !== undefined;
}

function refusedOf({ zone, taken, version, image }: Followed, id: number, why: string): Refused {
  return { zone, id, serves: taken?.id ?? 0, serial: image && version?.serial, why };
}

/** True when the version's text is what is served; and made of the same blobs, of which the folder has all. */
function isServed({ version, image }: Followed, { sha256, serial, body }: Version): boolean {
  if (!image || version?.sha256 !== sha256 || version.serial !== serial) return false;
  return body.at === "inline" || (version.body.at === "blobs" && version.body.index === body.index);
}

/** Ids never go backwards. Undefined for one that is above what was taken, or that is that and is not served. */
function fence({ zone, taken }: Followed, id: number, mark: string, revision: number): Verdict | undefined {
  if (!taken || id > taken.id) return undefined;
  // Without a mark, what the copy had of it was damaged.
  if (id === taken.id && (taken.mark === mark || taken.mark === "")) return undefined;
  // An older one that comes twice, as it may after a lost connection; the newer one has come already.
  if (id < taken.id && revision <= taken.revision) return { do: "nothing" };
  if (id === taken.id) return { do: "refuse", id, why: TWINS(zone) };
  const why = `the store has an older manifest of ${zone} (${id}) than this POP has taken (${taken.id}): push the zone again`;
  return { do: "refuse", id, why };
}
