/** Publishes to a store as a person would, without the checks that the verb makes. */

import { bodyOf, type Packed, pack } from "../../../src/sync/blob/pack.ts";
import { newPrivateKey, type Signer, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import {
  isRemoval,
  type Manifest,
  type Rollout,
  type Target,
  type Version,
} from "../../../src/sync/manifest/manifest.ts";
import { manifestMessage, openManifest, type Signed } from "../../../src/sync/manifest/message.ts";
import type { Change, Store } from "../../../src/sync/store/store.ts";

export const AT = "2026-03-01T12:00:00.000Z";

/** The text of a zone: its serial, and whatever makes it another one. */
export function zoneText(zone: string, serial: number, more = ""): string {
  return `${zone}\t3600\tIN\tSOA\tns.${zone} host.${zone} ${serial} 7200 3600 1209600 300\n${zone}\t3600\tIN\tNS\tns.${zone}\n${more}`;
}

/** Text that does not compress to what a manifest can hold. `seed` makes it always the same. */
export function longText(seed: number, octets: number): string {
  let state = seed * 2654435761 + 1;
  const lines: string[] = [];
  for (let length = 0; length < octets; ) {
    let line = "";
    for (let i = 0; i < 8; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      line += state.toString(36);
    }
    lines.push(`${line}\t3600\tIN\tTXT\t"x"`);
    length += line.length + 15;
  }
  return `${lines.join("\n")}\n`;
}

export interface Pushed {
  readonly zone: string;
  readonly serial: number;
  readonly more?: string;
  readonly id?: number;
  readonly targets?: readonly Target[];
  readonly rollout?: Rollout;
  /** Claims this many octets, digest and so on, instead of the real ones. */
  readonly claims?: Partial<Version>;
  /** Blobs that are not put into the store. */
  readonly without?: boolean;
}

export class Publisher {
  readonly store: Store;
  readonly #signer: Signer;

  constructor(store: Store, signer: Signer = signerFrom(newPrivateKey())) {
    this.store = store;
    this.#signer = signer;
  }

  get trust(): Trust {
    return new Trust([this.#signer.publicKey]);
  }

  get signer(): Signer {
    return this.#signer;
  }

  /** Publishes a version for all POPs, or for those that `targets` names; its revision. */
  async push(pushed: Pushed): Promise<number> {
    const [revision] = await this.store.swap([await this.change(pushed)]);
    return revision;
  }

  /** Several zones in one swap. */
  async pushAll(all: readonly Pushed[]): Promise<readonly number[]> {
    return this.store.swap(await Promise.all(all.map((one) => this.change(one))));
  }

  async change(pushed: Pushed): Promise<Change> {
    const { zone, serial, more, targets, rollout, claims } = pushed;
    const { head, expected } = await this.#head(zone);
    const text = Buffer.from(zoneText(zone, serial, more));
    const packed = pack(text);
    if (!pushed.without) for (const { sha256, octets } of packed.blobs) await this.store.putBlob(sha256, octets);
    const latest = (head?.manifest.latest ?? 0) + 1;
    const kept = keptFor(head, targets ?? []);
    const version: Version = {
      ...versionOf(text, packed, latest, serial),
      body: bodyOf(packed, kept.bodies.length),
      ...claims,
    };
    const manifest: Manifest = {
      ...{ zone, id: pushed.id ?? (head?.manifest.id ?? 0) + 1, action: "push", at: AT, by: "test", latest },
      versions: [version, ...kept.versions],
      targets: targets ?? [{ group: "*", version: latest }],
      ...(rollout && { rollout }),
    };
    const bodies = Buffer.concat([kept.bodies, packed.inline ?? new Uint8Array(0)]);
    return { zone, expected, octets: manifestMessage({ manifest, bodies }, this.#signer) };
  }

  /** Says anew who serves what. */
  async retarget(zone: string, targets: readonly Target[], rollout?: Rollout): Promise<number> {
    const { head, expected } = await this.#head(zone);
    if (!head) throw new Error(`no ${zone}`);
    const { rollout: _, ...before } = head.manifest;
    const manifest: Manifest = {
      ...before,
      id: before.id + 1,
      action: "promote",
      targets,
      ...(rollout && { rollout }),
    };
    const octets = manifestMessage({ manifest, bodies: head.bodies }, this.#signer);
    return (await this.store.swap([{ zone, expected, octets }]))[0];
  }

  /** Puts anything in the place of a zone's head. */
  async put(zone: string, octets: Uint8Array): Promise<number> {
    return (await this.store.swap([{ zone, expected: (await this.store.head(zone))?.revision ?? 0, octets }]))[0];
  }

  async remove(zone: string, id?: number): Promise<number> {
    const { head, expected } = await this.#head(zone);
    const manifest: Manifest = {
      ...{ zone, id: id ?? (head?.manifest.id ?? 0) + 1, action: "remove", at: AT, by: "test" },
      ...{ latest: head?.manifest.latest ?? 0, versions: [], targets: [] },
    };
    const octets = manifestMessage({ manifest, bodies: new Uint8Array(0) }, this.#signer);
    return (await this.store.swap([{ zone, expected, octets }]))[0];
  }

  async #head(zone: string): Promise<{ head: Signed | undefined; expected: number }> {
    const entry = await this.store.head(zone);
    const head = entry && openManifest(zone, entry.octets, this.trust);
    return {
      head: head && isRemoval(head.manifest) ? { ...head, bodies: new Uint8Array(0) } : head,
      expected: entry?.revision ?? 0,
    };
  }
}

/** The versions that targets name besides the new one, with their texts. */
function keptFor(head: Signed | undefined, targets: readonly Target[]): { versions: Version[]; bodies: Buffer } {
  const versions: Version[] = [];
  let bodies = Buffer.alloc(0);
  for (const version of head?.manifest.versions ?? []) {
    if (!targets.some((target) => target.version === version.version)) continue;
    const { body } = version;
    if (body.at === "blobs") versions.push(version);
    else {
      versions.push({ ...version, body: { ...body, offset: bodies.length } });
      bodies = Buffer.concat([bodies, head!.bodies.subarray(body.offset, body.offset + body.octets)]);
    }
  }
  return { versions, bodies };
}

function versionOf(text: Buffer, packed: Packed, version: number, serial: number): Omit<Version, "body"> {
  const lines = text.toString().split("\n").length - 1;
  return { version, serial, records: lines, names: 1, size: text.length, sha256: packed.sha256, at: AT, by: "test" };
}
