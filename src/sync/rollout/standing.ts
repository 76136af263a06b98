/** How a POP stands while somebody waits for it: pure. */

import { type Heard, isSilent } from "./fleet.ts";
import type { Proof } from "./proof.ts";
import type { Due, PopStanding, Published } from "./waited.ts";

/** SOAs that a POP is asked for when many zones were swapped at once; of the others its report is believed. */
const ASKED_MOST = 16;

/** What came of a question to a POP; `reported`: it had said before that it has dealt with what was asked for. */
export interface Question {
  readonly zone: string;
  readonly removal: boolean;
  readonly proof: Proof;
  readonly reported: boolean;
}

/** What a waiter knows of a POP besides its report. */
export interface Known {
  /** Zones that it is to serve by now, and those of them that it must prove itself. */
  readonly due: Due;
  readonly asked: readonly Published[];
  /** A rollout has not brought it everything yet. */
  readonly later: boolean;
  readonly proven: ReadonlySet<string>;
  /** What came of the last question; undefined before the first. */
  readonly last: Question | undefined;
  /** It has answered in its own name while this one waited, whatever it reports. */
  readonly answers: boolean;
  /** Of the store; undefined while it is not known. */
  readonly epoch: string | undefined;
}

export function standingOf(heard: Heard, known: Known, now: number): Omit<PopStanding, "pop" | "ms"> {
  const { report } = heard;
  if (report.stopped) return { standing: "withdrawn", why: "is stopped" };
  if (!report.announcing && report.ready) return { standing: "withdrawn", why: "does not announce" };
  const missing = known.asked.filter(({ zone }) => !known.proven.has(zone));
  const unreported = missing.length === 0 && known.asked.length < known.due.zones.length ? whyUnread(heard, known) : "";
  if (missing.length === 0 && unreported === "") {
    return known.later ? { standing: "later", why: "is in no wave so far" } : { standing: "proven", why: "" };
  }
  const refusal = refusalOf(heard, known.due);
  if (refusal !== undefined) return { standing: "refuses", why: refusal };
  if (isSilent(heard, now) && !known.answers) {
    // Until it was asked it may be alive, and cut off from the store only.
    if (known.last === undefined) return { standing: "waiting", why: "is silent, and is being asked" };
    return { standing: "silent", why: `${silence(heard, now)} and does not answer${lastly(heard, known.last)}` };
  }
  const why = unreported === "" ? whyWaiting(heard, known, now) : unreported;
  return report.announcing ? { standing: "waiting", why } : { standing: "starting", why: `is not ready: ${why}` };
}

/** True when a POP's report says that all up to a revision was dealt with. */
export function hasRead({ report }: Heard, revision: number, epoch: string | undefined): boolean {
  return report.epoch === epoch && report.position >= revision;
}

export function dueOf(zones: readonly Published[]): Due {
  const revision = zones.reduce((most, one) => Math.max(most, one.revision), 0);
  return { zones, revision, ids: new Map(zones.map(({ zone, id }) => [zone, id])) };
}

/** The zones that one POP is asked for, of many: each POP others, so that together they prove more of them. */
export function askedOf<T>(all: readonly T[], pop: string): readonly T[] {
  if (all.length <= ASKED_MOST) return all;
  let seed = 0;
  for (const letter of Buffer.from(pop)) seed = (seed * 31 + letter) >>> 0;
  const stride = all.length / ASKED_MOST;
  const first = seed % all.length;
  return Array.from({ length: ASKED_MOST }, (_, i) => all[(first + Math.floor(i * stride)) % all.length] as T);
}

function refusalOf({ refused }: Heard, { ids }: Due): string | undefined {
  for (const { zone, id, why } of refused.values()) {
    if (ids.get(zone) === id) return ids.size === 1 ? `refuses it: ${why}` : `refuses ${zone}: ${why}`;
  }
  return undefined;
}

function whyUnread(heard: Heard, { due, epoch }: Known): string {
  if (!hasRead(heard, due.revision, epoch)) return "has not got to all of them yet";
  if (heard.report.refusals > heard.refused.size) return "refuses more zones than it can name";
  return "";
}

function whyWaiting(heard: Heard, { last, due }: Known, now: number): string {
  const cut = isSilent(heard, now) ? `; ${silence(heard, now)}, so it is cut off from the store` : "";
  if (last === undefined) return "has not got to it yet";
  const { zone, removal, proof, reported } = last;
  const what = due.ids.size === 1 ? "" : ` for ${zone}`;
  if (proof.say === "nothing") return `could not be asked: ${proof.why}${cut}`;
  if (proof.pop !== heard.report.pop) {
    return `could not be asked: its addresses are answered by ${proof.pop ?? "a server without a name"}: set ask in its configuration to addresses of its own`;
  }
  if (removal && proof.say === "serial") {
    const until = reported ? " until the removal is confirmed" : "";
    return `still serves ${due.ids.size === 1 ? "it" : zone}${until}${cut}`;
  }
  const says = reported ? ", although it reports it" : "";
  if (proof.say === "rcode") return `answers${what} with ${proof.rcode}${says}${cut}`;
  return `still answers${what} with serial ${proof.serial}${says}${cut}`;
}

function silence({ at }: Heard, now: number): string {
  return Number.isFinite(at) ? `has been silent for ${Math.round((now - at) / 1000)} s` : "has been silent for hours";
}

function lastly({ report }: Heard, { proof }: { readonly proof: Proof }): string {
  if (proof.say === "nothing") return `: ${proof.why}`;
  return proof.pop === report.pop ? "" : `: ${proof.pop ?? "a server without a name"} does, at its addresses`;
}
