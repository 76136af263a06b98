/** Who else announces a prefix, and who of them will go on doing so: the second half of the argument in budget.ts. */

import type { Level } from "../level.ts";
import type { Moment } from "../moment.ts";
import type { FleetView, Member } from "./view.ts";

/** What a POP that goes relies on. */
export interface Cover {
  readonly service: string;
  readonly prefix: string;
  /** The place of the own ask: whoever asks after it finds this POP among those that are not up. */
  readonly place: number;
  /** A POP in reserve is enough: it does announce, and would have to ask before it goes further. */
  readonly reserve: boolean;
}

/** How a member announces a prefix, as it last said. */
export function levelOf({ standing }: Member, prefix: string): Level {
  return standing.prefixes.find((one) => one.prefix === prefix)?.level ?? "off";
}

/** True when a member's ask comes after a place. One that may come before it does not. */
export function asksAfter(member: Member, place: number): boolean {
  return member.askedAfter >= place;
}

/**
 * True when another POP was heard to announce the prefix lately, and can't go by a soft decision while the own ask stands:
 * it is up, and has either not asked to be less, or asked after us and so will find itself the last.
 */
export function isCovered(view: FleetView, cover: Cover, now: Moment): boolean {
  return view.members(cover.service, now).some((member) => member.pop !== view.pop && stays(member, cover));
}

function stays(member: Member, { prefix, place, reserve }: Cover): boolean {
  const { ask } = member.standing;
  const level = levelOf(member, prefix);
  if (!member.live || (level !== "up" && !(reserve && level === "reserve"))) return false;
  return ask === undefined || (reserve && ask.to === "reserve") || asksAfter(member, place);
}

/**
 * Whether another POP announces the prefix, however it does so. "silent": those that did are not heard, but that may be this
 * POP's own fault.
 */
export function announcedBy(
  view: FleetView,
  service: string,
  prefix: string,
  now: Moment,
): "others" | "silent" | "nobody" {
  const others = view.members(service, now).filter(({ pop }) => pop !== view.pop);
  const announcing = others.filter((member) => levelOf(member, prefix) !== "off");
  if (announcing.some(({ live }) => live)) return "others";
  return announcing.every(({ lost }) => lost) ? "nobody" : "silent";
}
