/**
 * What the store has for all zones, kept so that the questions of a view are cheap: which zones came after a revision,
 * and what a POP in these groups should serve in all. Nothing is counted anew for every POP: POPs that are in the same
 * of the groups that targets name are alike.
 */

import { Digest } from "../follow/digest.ts";
import { isRemoval, type Manifest, versionFor } from "../manifest/manifest.ts";
import { Pushes } from "./pushes.ts";

export interface ZoneHead {
  readonly zone: string;
  readonly revision: number;
  readonly manifest: Manifest;
  /** When it came, in milliseconds since 1970; of one that lay in the store, when it was made. */
  readonly came: number;
}

/** What a POP should serve. */
export interface Due {
  readonly zones: number;
  readonly digest: string;
}

/** Zones that came after a revision, for POPs that are alike. */
export interface Pending {
  readonly count: number;
  /** When the oldest of them came. */
  readonly since: number;
}

/** Heads that others have replaced, more than there are zones: then they are cleared out. */
const REPLACED_LEAST = 100;

export class Heads {
  readonly #heads = new Map<string, ZoneHead>();
  /** From the lowest revision, once it is sorted; with some that others have replaced. */
  #order: ZoneHead[] = [];
  #ordered = true;
  #names: readonly string[] | undefined;
  readonly #special = new Map<string, ZoneHead>();
  /** Of all zones that are the same at all POPs. */
  readonly #plain = new Digest();
  #plainZones = 0;
  readonly #rollouts = new Set<string>();
  readonly #pushes = new Pushes();
  readonly #due = new Map<string, Due>();
  readonly #pending = new Map<string, Pending>();
  #groups: ReadonlySet<string> | undefined;
  /** Of the last change of any zone. */
  #newest: ZoneHead | undefined;

  get(zone: string): ZoneHead | undefined {
    return this.#heads.get(zone);
  }

  /** Zones that are not removed. */
  get count(): number {
    return this.#plainZones + this.#special.size;
  }

  /** The highest revision that is known. */
  get newest(): ZoneHead | undefined {
    return this.#newest;
  }

  /** The last manifests that bring versions to POPs, the newest first. */
  get pushes(): readonly ZoneHead[] {
    return this.#pushes.newest();
  }

  /** Everything is told anew, of another store. */
  clear(): void {
    for (const head of this.#heads.values()) this.#leave(head);
    this.#heads.clear();
    this.#order = [];
    this.#rollouts.clear();
    this.#pushes.clear();
    this.#newest = undefined;
    this.#changed();
  }

  /** Takes a zone's new head; one that is not newer is let go. */
  take(head: ZoneHead): void {
    const before = this.#heads.get(head.zone);
    if (before !== undefined && before.revision >= head.revision) return;
    if (before !== undefined) this.#leave(before);
    this.#heads.set(head.zone, head);
    if (before === undefined || isRemoval(before.manifest) !== isRemoval(head.manifest)) this.#names = undefined;
    this.#join(head);
    this.#order.push(head);
    if (this.#newest !== undefined && head.revision < this.#newest.revision) this.#ordered = false;
    else this.#newest = head;
    if (head.manifest.rollout === undefined) this.#rollouts.delete(head.zone);
    else this.#rollouts.add(head.zone);
    this.#pushes.take(head);
    this.#changed();
  }

  #join(head: ZoneHead): void {
    const { manifest, zone } = head;
    if (isRemoval(manifest)) return;
    if (manifest.targets[0]?.group !== "*") {
      this.#special.set(zone, head);
      return;
    }
    this.#plainZones++;
    this.#plain.change(zone, undefined, versionFor(manifest, [])?.sha256);
  }

  #leave({ manifest, zone }: ZoneHead): void {
    if (isRemoval(manifest) || this.#special.delete(zone)) return;
    this.#plainZones--;
    this.#plain.change(zone, versionFor(manifest, [])?.sha256, undefined);
  }

  #changed(): void {
    this.#due.clear();
    this.#pending.clear();
    this.#groups = undefined;
  }

  /** The groups that make a difference to these. */
  likeness(groups: readonly string[]): string {
    this.#groups ??= new Set(
      [...this.#special.values()].flatMap(({ manifest }) => manifest.targets.map(({ group }) => group)),
    );
    const named = this.#groups;
    return JSON.stringify(groups.filter((group) => named.has(group)).sort());
  }

  /** What a POP that is in groups alike should serve. */
  due(likeness: string): Due {
    const known = this.#due.get(likeness);
    if (known !== undefined) return known;
    const groups = JSON.parse(likeness) as string[];
    const digest = this.#plain.copy();
    let zones = this.#plainZones;
    for (const { zone, manifest } of this.#special.values()) {
      const version = versionFor(manifest, groups);
      if (version === undefined) continue;
      digest.change(zone, undefined, version.sha256);
      zones++;
    }
    const due = { zones, digest: digest.toString() };
    this.#due.set(likeness, due);
    return due;
  }

  /** Zones that came after a revision, and concern POPs that are alike. */
  pendingAfter(revision: number, likeness: string): Pending {
    const key = `${revision} ${likeness}`;
    const known = this.#pending.get(key);
    if (known !== undefined) return known;
    const groups = JSON.parse(likeness) as string[];
    let count = 0;
    let since = Number.POSITIVE_INFINITY;
    for (const { manifest, came } of this.after(revision)) {
      if (!isRemoval(manifest) && versionFor(manifest, groups) === undefined) continue;
      count++;
      since = Math.min(since, came);
    }
    const pending = { count, since };
    this.#pending.set(key, pending);
    return pending;
  }

  /** Heads that came after a revision, the newest first. */
  *after(revision: number): Generator<ZoneHead> {
    this.#sort();
    for (let i = this.#order.length - 1; i >= 0; i--) {
      const head = this.#order[i] as ZoneHead;
      if (head.revision <= revision) return;
      if (this.#heads.get(head.zone) === head) yield head;
    }
  }

  #sort(): void {
    if (this.#order.length > 2 * this.#heads.size + REPLACED_LEAST) {
      this.#order = this.#order.filter((head) => this.#heads.get(head.zone) === head);
    }
    if (!this.#ordered) this.#order.sort((a, b) => a.revision - b.revision);
    this.#ordered = true;
  }

  /** Heads of zones that have a rollout under way. */
  *rollouts(): Generator<ZoneHead> {
    for (const zone of this.#rollouts) yield this.#heads.get(zone) as ZoneHead;
  }

  /** Zones that are not removed, by name. */
  get names(): readonly string[] {
    this.#names ??= [...this.#heads.values()]
      .filter(({ manifest }) => !isRemoval(manifest))
      .map(({ zone }) => zone)
      .sort();
    return this.#names;
  }

  /** Names of zones with this text in them, at most so many; those that are it, or begin with it, come first. */
  matching(text: string, limit: number): readonly string[] {
    const wanted = text.toLowerCase();
    const begins: string[] = [];
    const others: string[] = [];
    for (const name of this.names) {
      if (name.startsWith(wanted)) begins.push(name);
      else if (others.length < limit && name.includes(wanted)) others.push(name);
      if (begins.length >= limit) break;
    }
    return [...begins, ...others].slice(0, limit);
  }
}
