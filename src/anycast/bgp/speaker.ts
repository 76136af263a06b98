/** A BGP speaker that announces our prefixes to neighbours and takes none of theirs (RFC 4271): the announcer by default. */

import type { Socket } from "node:net";
import { type Listen, listenToText } from "../../text/listen.ts";
import type { Prefix } from "../../text/prefix.ts";
import type { Announcer, AnnouncerSurroundings, Peer, Wanted } from "../announcer.ts";
import { type Bequest, type Inheritance, type Legacy, levelsOf, type PeerLegacy, wantedFrom } from "../legacy.ts";
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
  /** Connections as the system has them; without, sessions can't be handed over. */
  readonly descriptors?: Descriptors | undefined;
}

export interface Descriptors {
  /** Of a connection that was dialled, while it is open. */
  of(socket: Socket): number | undefined;
  /** A connection from a descriptor, which is its own from now on; as a dialled one, when it is paused, nothing is read. Throws an Error when it is none. */
  open(descriptor: number): Socket;
  close(descriptor: number): void;
}

export class Speaker implements Announcer {
  readonly #neighbours: readonly Neighbour[];
  readonly #allowed: ReadonlySet<string>;
  readonly #prefixes: readonly Prefix[];
  readonly #around: SpeakerSurroundings;
  #wanted: readonly Wanted[] = [];
  #closing: Promise<void> | undefined;

  /** Throws an Error, a sentence, when the attributes of a level do not fit into a message. */
  constructor(options: SpeakerOptions, around: SpeakerSurroundings) {
    checkLevels(options.attributes, options.prefixes, options.as);
    this.#around = around;
    this.#prefixes = options.prefixes;
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
    this.#wanted = all;
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

  async prepare(): Promise<void> {}

  async bequeath(): Promise<Bequest> {
    const { descriptors: known } = this.#around;
    const resting = await Promise.all(this.#neighbours.map((neighbour) => neighbour.rest()));
    const descriptors: number[] = [];
    const peers = resting.flatMap((one, i): PeerLegacy[] => {
      if (!one) return [];
      const { name, terms } = this.#neighbours[i] as Neighbour;
      const descriptor = known?.of(one.socket);
      const at = descriptor === undefined ? undefined : descriptors.push(descriptor) - 1;
      return [{ name, terms, descriptor: at, state: one.legacy }];
    });
    return {
      legacy: { by: "bgp", wanted: levelsOf(this.#wanted), peers },
      descriptors,
      left: async (taken) => {
        const isTaken = ({ name }: Neighbour) => taken.includes(name);
        // First, so that a router takes the next session from us.
        await Promise.all(this.#neighbours.filter((one) => !isTaken(one)).map((neighbour) => neighbour.close()));
        this.#closing = Promise.all(this.#neighbours.filter(isTaken).map((one) => one.yield())).then(() => undefined);
        await this.#closing;
      },
      kept: () => {
        for (const neighbour of this.#neighbours) neighbour.wake();
      },
    };
  }

  inherit(legacy: Legacy, descriptors: readonly number[]): Inheritance {
    const known = this.#around.descriptors;
    const judged = legacy.peers.map((peer) => ({ peer, why: this.#whyNot(legacy, peer, descriptors) }));
    const taken = judged.filter(({ why }) => why === undefined).map(({ peer }) => peer);
    const used = new Set(taken.map(({ descriptor = -1 }) => descriptors[descriptor]));
    const discard = (which: readonly number[]) => {
      for (const descriptor of which) known?.close(descriptor);
    };
    return {
      taken: taken.map(({ name }) => name),
      refused: judged.flatMap(({ peer: { name: peer }, why }) => (why === undefined ? [] : [{ peer, why }])),
      accept: () => {
        discard(descriptors.filter((one) => !used.has(one)));
        this.#wanted = wantedFrom(legacy.wanted, this.#prefixes);
        for (const neighbour of this.#neighbours) {
          neighbour.want(this.#wanted);
          const peer = taken.find(({ name }) => name === neighbour.name);
          const descriptor = descriptors[peer?.descriptor ?? -1];
          const socket = known && descriptor !== undefined ? opened(known, descriptor) : undefined;
          if (socket) neighbour.inherit(socket, peer?.state);
          else neighbour.start();
        }
      },
      decline: () => discard(descriptors),
    };
  }

  #whyNot({ by }: Legacy, { name, terms, descriptor = -1 }: PeerLegacy, come: readonly number[]): string | undefined {
    if (by !== "bgp") return `it is told by ${by}, and is to be by BGP now`;
    const neighbour = this.#neighbours.find((one) => one.name === name);
    if (neighbour === undefined) return "it is none of the neighbours any more";
    if (neighbour.terms !== terms) return "AS, router id, hold time, password, hops or families are other ones now";
    if (come[descriptor] === undefined || !this.#around.descriptors) return "its connection can't be handed over here";
    return undefined;
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#neighbours.map((neighbour) => neighbour.close())).then(() => undefined);
    return this.#closing;
  }
}

/** Undefined when what has come is no connection: then one is dialled. */
function opened(known: Descriptors, descriptor: number): Socket | undefined {
  try {
    return known.open(descriptor);
  } catch {
    known.close(descriptor);
    return undefined;
  }
}
