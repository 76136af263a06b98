/** One neighbour of the speaker: what it is to be told, has been told, and tells. */

import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { type Prefix, prefixFromText } from "../../text/prefix.ts";
import type { Peer, Wanted } from "../announcer.ts";
import type { Level } from "../level.ts";
import { Heard, type HeardLegacy } from "./heard.ts";
import { Link, type LinkLegacy } from "./link.ts";
import { type Ends, nextHopFor } from "./nexthop.ts";
import type { Family } from "./open.ts";
import type { NeighbourOptions, SpeakerOptions, SpeakerSurroundings } from "./speaker.ts";
import { change, type Manner, type Told } from "./told.ts";

const NOTHING: Told = new Map();

/** A session that another process goes on with. Goes through JSON. */
export interface NeighbourLegacy {
  readonly link: LinkLegacy;
  readonly told: Readonly<Record<string, Level>>;
  /** What was announced was announced so. */
  readonly manner: Manner;
  readonly heard: HeardLegacy;
  readonly since: number;
}

export class Neighbour {
  readonly name: string;
  /** Digest of what its sessions are made with. */
  readonly terms: string;
  readonly #options: SpeakerOptions;
  readonly #nextHops: readonly string[];
  readonly #interior: boolean;
  readonly #around: SpeakerSurroundings;
  readonly #families: readonly Family[];
  readonly #link: Link;
  readonly #heard: Heard;
  #wanted: readonly Wanted[] = [];
  #told: Told = NOTHING;
  /** How prefixes are announced in this session; undefined while there is none. */
  #manner: Manner | undefined;
  #state: Peer["state"] = "connecting";
  #since: number;
  /** What is missing in a session that is up. */
  #lacks: string | undefined;
  /** What people have been told last. */
  #said: string | undefined;

  constructor(name: string, neighbour: NeighbourOptions, options: SpeakerOptions, around: SpeakerSurroundings) {
    this.name = name;
    this.#options = options;
    this.#nextHops = neighbour.nextHops;
    this.#interior = neighbour.as === options.as;
    this.#around = around;
    this.#families = ([4, 6] as const).filter((family) => options.prefixes.some((prefix) => prefix.family === family));
    this.#heard = new Heard(this.#interior);
    this.#since = around.now();
    const { as, routerId, hold, prefixes: own } = options;
    this.terms = digestOf([as, neighbour.as, routerId, hold, this.#families, neighbour.password, neighbour.hops]);
    const secured = neighbour.password !== undefined || neighbour.hops > 0;
    const terms = {
      name,
      as,
      peerAs: neighbour.as,
      routerId,
      hold,
      families: this.#families,
      own,
      secured,
      patience: patienceWith(neighbour.at.address),
    };
    this.#link = new Link(terms, () => around.dial(neighbour), around, {
      up: (ends) => this.#up(ends),
      down: (why) => this.#down(why),
      reach: (reach) => {
        if (this.#heard.take(reach)) around.changed();
      },
      refresh: (family) => this.#sendAgain(family),
    });
  }

  start(): void {
    this.#link.start();
  }

  want(all: readonly Wanted[]): void {
    this.#wanted = all;
    if (this.#sendChanges()) this.#around.changed();
  }

  /** Stands still; the session that there is, for another process. Nothing may be wanted meanwhile. */
  async rest(): Promise<{ readonly socket: Socket; readonly legacy: NeighbourLegacy } | undefined> {
    const resting = await this.#link.rest();
    const manner = this.#manner;
    if (!resting || !manner) return undefined;
    const told = Object.fromEntries([...this.#told].map(([prefix, { level }]) => [prefix, level]));
    const { heard, since } = { heard: this.#heard.legacy, since: this.#since };
    return { socket: resting.socket, legacy: { link: resting.legacy, told, manner, heard, since } };
  }

  wake(): void {
    this.#link.wake();
  }

  /** Another process has the session. */
  async yield(): Promise<void> {
    if (this.#link.yield()) this.#ended("down");
    else await this.close();
  }

  /** Goes on with a session of another process's, in the place of `start`. `state`: what that one's `rest` gave. */
  inherit(socket: Socket, state: unknown): void {
    const legacy = state as NeighbourLegacy;
    const ends = this.#link.inherit(socket, legacy.link);
    this.#manner = this.#mannerOf(ends);
    this.#lacks = this.#lackOf(this.#link.session.families);
    // What would now be announced otherwise is told anew, which takes the place of what was told (RFC 4271 §3.1).
    const same = JSON.stringify(this.#manner) === JSON.stringify(legacy.manner);
    this.#told = new Map(
      Object.entries(legacy.told).flatMap(([text, level]) => {
        const prefix = prefixFromText(text);
        return prefix ? [[text, { prefix, level: same ? level : "off" }]] : [];
      }),
    );
    this.#heard.inherit(legacy.heard, this.#around.monotonic());
    this.#state = "up";
    this.#since = legacy.since;
    this.#sendChanges();
    const facts = { peer: this.name, announced: [...this.#told.keys()] };
    this.#around.tell("info", "bgp-inherited", facts, `the session with ${this.name} goes on here`);
  }

  get peer(): Peer {
    const { tries, why } = this.#link.session;
    const announced = [...this.#told.values()];
    return { name: this.name, state: this.#state, since: this.#since, why: why ?? this.#lacks, tries, announced };
  }

  heard(prefix: Prefix): boolean | undefined {
    // FRR sends what we announce back to us, as the path of its own AS that it now is (seen with 8.4).
    if (!this.#interior && this.#told.has(prefix.text)) return undefined;
    return this.#heard.has(prefix, this.#around.monotonic());
  }

  /** Withdraws all, then ends the session; the octets of both go together. */
  async close(): Promise<void> {
    this.#wanted = [];
    this.#sendChanges();
    const stopped = this.#link.stop();
    this.#ended("down");
    await stopped;
  }

  /** True when something was sent. */
  #sendChanges(): boolean {
    if (!this.#manner) return false;
    const { send, told } = change(this.#told, this.#wanted, this.#manner);
    this.#told = told;
    this.#link.send(send);
    return send.length > 0;
  }

  /** RFC 2918 §4: "re-advertise to that peer the Adj-RIB-Out". */
  #sendAgain(family: Family): void {
    this.#told = new Map([...this.#told].filter(([, { prefix }]) => prefix.family !== family));
    this.#sendChanges();
  }

  #up(ends: Ends): void {
    const { families, hold } = this.#link.session;
    this.#manner = this.#mannerOf(ends);
    this.#lacks = this.#lackOf(families);
    this.#heard.begin(this.#around.monotonic());
    this.#sendChanges();
    this.#enter("up");
    this.#said = undefined;
    const facts = { peer: this.name, hold: hold / 1000, announced: [...this.#told.keys()] };
    if (this.#lacks === undefined) this.#around.tell("info", "bgp-up", facts, `session with ${this.name} is up`);
    else this.#around.tell("warn", "bgp-up", facts, this.#lacks);
    this.#around.changed();
  }

  #down(why: string): void {
    this.#ended("down");
    // Each try fails for the same reason, as a rule: people are told once.
    if (why !== this.#said) this.#around.tell("warn", "bgp-down", { peer: this.name }, why);
    this.#said = why;
    this.#around.changed();
  }

  #ended(state: Peer["state"]): void {
    this.#manner = undefined;
    this.#told = NOTHING;
    this.#lacks = undefined;
    this.#heard.end();
    this.#enter(state);
  }

  #enter(state: Peer["state"]): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#around.now();
  }

  #mannerOf(ends: Ends): Manner {
    const taken = this.#families.filter((family) => this.#link.session.families.includes(family));
    const hops = taken.map((family) => [family, nextHopFor(family, ends, this.#nextHops)]);
    const nextHops = Object.fromEntries(hops.filter(([, hop]) => hop !== undefined));
    return { as: this.#options.as, interior: this.#interior, levels: this.#options.attributes, nextHops };
  }

  #lackOf(spoken: readonly Family[]): string | undefined {
    const refused = this.#families.find((family) => !spoken.includes(family));
    if (refused !== undefined) {
      return `${this.name} takes no IPv${refused} routes, so none are announced to it: turn them on there (BIRD: a channel ipv${refused})`;
    }
    const homeless = this.#families.find((family) => this.#manner?.nextHops[family] === undefined);
    if (homeless === undefined) return undefined;
    return `no IPv${homeless} prefix is announced to ${this.name}: name our IPv${homeless} address for it in next-hop of anycast.bgp.neighbours`;
  }
}

function digestOf(facts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

/** A daemon on our own machine is no burden to anybody, and its routes wait for nothing else. */
function patienceWith(address: string): number {
  return address === "::1" || address.startsWith("127.") ? 5_000 : 30_000;
}
