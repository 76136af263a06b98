/** A BGP speaker that announces our prefixes to neighbours and takes none of theirs (RFC 4271): the announcer by default. */

import type { Socket } from "node:net";
import { type Listen, listenToText } from "../../text/listen.ts";
import type { Prefix } from "../../text/prefix.ts";
import type { Announcer, AnnouncerSurroundings, Peer, Wanted } from "../announcer.ts";
import type { LevelAttributes } from "../level.ts";
import { Neighbour } from "./neighbour.ts";
import { checkLevels } from "./told.ts";

export interface NeighbourOptions {
  readonly at: Listen;
  readonly as: number;
  /** RFC 2385. */
  readonly password: string | undefined;
  /** RFC 5082; 0 is not looked at. */
  readonly hops: number;
  /** One for each family at most; without, as `nextHopFor` has it. */
  readonly nextHops: readonly string[];
}

export interface SpeakerOptions {
  readonly as: number;
  /** Four octets as an IPv4 address. */
  readonly routerId: string;
  /** Seconds, 3 at least. */
  readonly hold: number;
  readonly neighbours: readonly NeighbourOptions[];
  readonly attributes: LevelAttributes;
  /** All that it may ever announce. */
  readonly prefixes: readonly Prefix[];
}

export interface SpeakerSurroundings extends AnnouncerSurroundings {
  /** A connection in the making. What it throws is a failure to connect. */
  dial(neighbour: NeighbourOptions): Socket;
}

export class Speaker implements Announcer {
  readonly #neighbours: readonly Neighbour[];
  readonly #allowed: ReadonlySet<string>;
  #closing: Promise<void> | undefined;

  /** Throws an Error, a sentence, when the attributes of a level do not fit into a message. */
  constructor(options: SpeakerOptions, around: SpeakerSurroundings) {
    checkLevels(options.attributes, options.prefixes, options.as);
    this.#allowed = new Set(options.prefixes.map(({ text }) => text));
    this.#neighbours = options.neighbours.map(
      (neighbour) => new Neighbour(listenToText(neighbour.at), neighbour, options, around),
    );
  }

  start(): void {
    for (const neighbour of this.#neighbours) neighbour.start();
  }

  /** Sent before this returns. Throws RangeError for a prefix that is not among those it was made for. */
  want(all: readonly Wanted[]): void {
    const foreign = all.find(({ prefix }) => !this.#allowed.has(prefix.text));
    if (foreign) throw new RangeError(`${foreign.prefix.text} is none of the prefixes to announce`);
    if (this.#closing) return;
    for (const neighbour of this.#neighbours) neighbour.want(all);
  }

  get peers(): readonly Peer[] {
    return this.#neighbours.map((neighbour) => neighbour.peer);
  }

  heard(prefix: Prefix): boolean | undefined {
    const all = this.#neighbours.map((neighbour) => neighbour.heard(prefix));
    if (all.includes(true)) return true;
    return all.includes(false) ? false : undefined;
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#neighbours.map((neighbour) => neighbour.close())).then(() => undefined);
    return this.#closing;
  }
}
