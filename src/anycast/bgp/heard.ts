/** Which of our prefixes a neighbour has a path to that is somebody else's. */

import type { Prefix } from "../../text/prefix.ts";
import type { Family } from "./open.ts";
import type { Reach } from "./reach.ts";

/**
 * A neighbour that says no End-of-RIB has told all that it has so many milliseconds after the session came up: BIRD
 * 2.0.12 may take 3 s for its first UPDATE.
 */
const SETTLED = 6000;

/** What has been heard in a session, for whoever goes on with it. Goes through JSON. */
export interface HeardLegacy {
  readonly there: readonly string[];
  readonly tells: readonly Family[];
  readonly whole: readonly Family[];
}

/** What one neighbour has told, over its sessions. */
export class Heard {
  readonly #trusted: boolean;
  readonly #there = new Set<string>();
  /** Families in which it tells what it hears: it once has. */
  readonly #tells = new Set<Family>();
  /** Families of which it has told all in this session. */
  readonly #whole = new Set<Family>();
  #up: number | undefined;

  /**
   * A neighbour's End-of-RIB is taken for a sign that it would tell of paths when it is `trusted`: our own daemon. A
   * router of another AS sends one too, and may keep paths with our AS in them to itself.
   */
  constructor(trusted: boolean) {
    this.#trusted = trusted;
  }

  /** A session has come up. */
  begin(now: number): void {
    this.#up = now;
  }

  /** A session goes on that was another process's. */
  inherit({ there, tells, whole }: HeardLegacy, now: number): void {
    this.#up = now;
    for (const prefix of there) this.#there.add(prefix);
    for (const family of tells) this.#tells.add(family);
    for (const family of whole) this.#whole.add(family);
  }

  get legacy(): HeardLegacy {
    return { there: [...this.#there], tells: [...this.#tells], whole: [...this.#whole] };
  }

  /** The session has ended, and all paths with it. */
  end(): void {
    this.#up = undefined;
    this.#there.clear();
    this.#whole.clear();
  }

  /** True when that has changed anything. */
  take({ announced, withdrawn, endOfRib }: Reach): boolean {
    let changed = false;
    // RFC 4271 §4.3: a prefix that is in both is announced.
    for (const { text } of withdrawn) if (this.#there.delete(text)) changed = true;
    for (const { text, family } of announced) {
      if (!this.#there.has(text)) changed = true;
      this.#there.add(text);
      this.#tells.add(family);
    }
    if (endOfRib === undefined || this.#whole.has(endOfRib)) return changed;
    this.#whole.add(endOfRib);
    if (this.#trusted) this.#tells.add(endOfRib);
    return true;
  }

  /** As `Announcer.heard`. */
  has({ text, family }: Prefix, now: number): boolean | undefined {
    if (this.#there.has(text)) return true;
    if (this.#up === undefined || !this.#tells.has(family)) return undefined;
    return this.#whole.has(family) || now - this.#up >= SETTLED ? false : undefined;
  }
}
