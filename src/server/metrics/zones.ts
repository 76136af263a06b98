/**
 * Every zone is looked at for each scrape, in slices: the busiest have series of their own, and all are in the sums.
 * With 200,000 zones that is two walks over them, and no more is made of a zone than a few numbers.
 */

import { ROW_CELLS, ZoneCount } from "../../answer/zonecounts.ts";
import { nameToText } from "../../text/name.ts";
import type { ServedZone } from "../messages.ts";
import { Slices } from "../slices.ts";
import type { Serving } from "../status.ts";
import { serialOf } from "../zoneset.ts";
import type { ZoneFacts, ZoneStatus } from "../zonesource.ts";
import { Expiries } from "./expiries.ts";
import { Largest, Others, type Row } from "./top.ts";

/** A zone with series of its own. */
export interface OwnSeries {
  readonly zone: string;
  readonly counts: Row;
  readonly serial: number | undefined;
  /** Milliseconds since 1970, and how many. */
  readonly confirmed: number | undefined;
  readonly milliseconds: number | undefined;
  readonly rollout: boolean;
  /** Seconds since 1970; undefined for an unsigned zone. */
  readonly expires: number | undefined;
}

export interface ZoneTally {
  readonly own: readonly OwnSeries[];
  readonly others: Row;
  readonly states: Readonly<Record<ZoneStatus["state"], number>>;
  /** Some of the zones that are stale or have failed. */
  readonly troubled: readonly string[];
  /** Over all zones; undefined when there is none. */
  readonly firstExpiry: number | undefined;
  readonly longestUnconfirmed: number | undefined;
}

export class ZoneLook {
  readonly #serving: Serving;
  readonly #most: number;
  readonly #expiries = new Expiries();
  readonly #others = new Others();

  /** `most` zones have series of their own. */
  constructor(serving: Serving, most: number) {
    this.#serving = serving;
    this.#most = most;
  }

  async take(): Promise<ZoneTally> {
    const slices = new Slices();
    const { busiest, total, firstExpiry } = await this.#held(slices);
    const rows = new Map(busiest.map((served) => [nameToText(served.apex), this.#row(served.row)]));
    const images = new Set(busiest.map(({ image }) => image));
    const { states, troubled, longestUnconfirmed, known } = await this.#known(images, slices);
    const own = busiest.map(({ apex, image }): OwnSeries => {
      const zone = nameToText(apex);
      const facts = image && known.get(image);
      const expires = image && this.#expiries.known(image);
      return {
        ...{ zone, counts: rows.get(zone) ?? [0, 0, 0, 0], serial: image && serialOf(image) },
        ...{ confirmed: facts?.confirmed, milliseconds: facts?.milliseconds },
        rollout: facts?.rollout ?? false,
        expires: expires === undefined ? undefined : finite(expires),
      };
    });
    const others = this.#others.look(total, rows);
    return { own, others, states, troubled, firstExpiry, longestUnconfirmed };
  }

  /** What the answering threads hold: counts and images. */
  async #held(
    slices: Slices,
  ): Promise<{ busiest: readonly ServedZone[]; total: Row; firstExpiry: number | undefined }> {
    const busiest = new Largest<ServedZone>(this.#most);
    const total: [number, number, number, number] = [0, 0, 0, 0];
    let firstExpiry = Number.POSITIVE_INFINITY;
    for (const served of this.#serving.held()) {
      for (let i = 0; i < ROW_CELLS; i++) total[i] += this.#sum(served.row, i);
      busiest.add(this.#sum(served.row, ZoneCount.QUERIES), served);
      const { image } = served;
      const known = image === undefined ? Number.POSITIVE_INFINITY : this.#expiries.known(image);
      const expires = image && known === 0 ? await this.#expiries.of(image, slices) : known;
      if (expires < firstExpiry) firstExpiry = expires;
      if (slices.over) await slices.turn();
    }
    return { busiest: busiest.list, total, firstExpiry: finite(firstExpiry) };
  }

  /** What the source knows of all zones, and of those with these images. */
  async #known(images: ReadonlySet<SharedArrayBuffer | undefined>, slices: Slices) {
    const states = { serving: 0, stale: 0, failed: 0 };
    const troubled: string[] = [];
    const known = new Map<SharedArrayBuffer, ZoneFacts>();
    let longestUnconfirmed = Number.POSITIVE_INFINITY;
    for (const facts of this.#serving.source.facts()) {
      const { state, image, confirmed } = facts;
      states[state]++;
      if (image !== undefined && images.has(image)) known.set(image, facts);
      if (confirmed !== undefined && confirmed < longestUnconfirmed) longestUnconfirmed = confirmed;
      const name = state === "serving" || troubled.length >= this.#most ? undefined : facts.name();
      if (name !== undefined) troubled.push(name);
      if (slices.over) await slices.turn();
    }
    return { states, troubled: [...new Set(troubled)], known, longestUnconfirmed: finite(longestUnconfirmed) };
  }

  #row(row: number): Row {
    const { QUERIES, NXDOMAIN, SERVFAIL, REFUSED } = ZoneCount;
    return [this.#sum(row, QUERIES), this.#sum(row, NXDOMAIN), this.#sum(row, SERVFAIL), this.#sum(row, REFUSED)];
  }

  #sum(row: number, count: number): number {
    let sum = 0;
    for (const { zoneCounts } of this.#serving.threads) sum += zoneCounts.cells[row * ROW_CELLS + count];
    return sum;
  }
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
