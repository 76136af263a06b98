/**
 * May this POP go, softly: because somebody planned it, because its data is stale, because its answers are wrong? Never
 * asked for hard faults: who can't answer withdraws.
 *
 * Why two POPs can't both be the last to go:
 *
 * 1. Queue. A POP that wants to go puts an ask with a new ticket into its report, and keeps it there while it waits, goes,
 *    is gone, and until it is up again. It decides only when its own report has come back with that ticket, everything
 *    that lay in the store has been read (FleetView.caughtUp), and its reports still come back (fresh). The order of the
 *    report that came back is the ask's place. So when a POP decides, it has read the last report of every other POP as it
 *    lay in the store at its place or later.
 * 2. Take two asks with places a < b. The second POP, when it decides, has read the first one's report of a or later:
 *    with the ask, so it knows of it, or without, and then it was given up. It may pass over the first one's ask only if
 *    it knows that its place is after b, and that is never so: the first one says a itself, or nothing; and it was not
 *    seen without the ticket after b. An ask whose place is not known counts as an earlier one (Member.askedAfter). So the
 *    later one always counts the earlier one as gone; the earlier one may pass over the later one.
 * 3. Cover. Whoever goes from a prefix needs another POP that is up for it, and whose ask, if it has one, is later
 *    (cover.ts). Take all that have gone softly, and of them the one with the last place, z. What it relied on was up, with
 *    no ask before z; and it has not gone with one after z, as z is the last. So it is up, unless it failed hard. The same
 *    holds for each step from draining to withdrawn, and from last resort back to withdrawn: it is checked anew, against the
 *    same place.
 * 4. Budget. Whoever goes counts all that are less than up for any reason, all that are silent, and all asks that may be
 *    earlier. Of those that went softly, the last one has counted all the others: by 2 it knew of each.
 * 5. Silence. A POP that was silent for GONE_MS is counted out, so that nobody waits for ever for one that was taken down.
 *    If it lives and only the store was out of its reach, it has decided nothing meanwhile (not fresh), and when it is back
 *    its ask gets a new place, after all that was decided without it (FleetView.hear).
 *    Likewise nobody decides before it has listened for long enough to have heard everybody who lives (listened): in a store
 *    that was made anew, the reports of the others come one after the other.
 * 6. What was heard may be old by as much as fresh allows, twice: what is relied on may have failed hard since. That is what
 *    last resort (course/) is for.
 *
 * Reserve. A POP in reserve announces, and takes what comes: it is not less than up for the budget. It is no cover for soft
 * faults and wrong answers, and none for another that goes to reserve, so that the fleet is not left with POPs in reserve by
 * nobody's wish. A planned drain may rely on it. To go further it asks anew.
 */

import type { Moment } from "../moment.ts";
import { asksAfter, isCovered } from "./cover.ts";
import type { FleetLimits } from "./standing.ts";
import type { FleetView, Member } from "./view.ts";
import { otherChange } from "./window.ts";
import { describe, listed } from "./words.ts";

/** What a POP wants to do to a service. */
export interface Asking {
  readonly service: string;
  readonly ticket: string;
  readonly to: "drain" | "reserve";
  readonly planned: boolean;
  /** Other services may be in a planned change at the same time. */
  readonly both: boolean;
  /** What it announces and would no longer, or less. */
  readonly prefixes: readonly string[];
}

export type Answer =
  | { readonly say: "grant" }
  /**
   * `why` undefined: what there is to read decides, and is read in a moment. `pass`: its turn has come, and something else
   * stands in the way: those behind it should not wait for it.
   */
  | { readonly say: "wait"; readonly why: string | undefined; readonly pass: boolean };

/** Whether an ask may be carried out now. Ask again whenever something was heard, and now and then. */
export function mayGo(view: FleetView, ask: Asking, limits: FleetLimits, now: Moment): Answer {
  if (!view.fresh(now)) return wait("this POP's reports do not come back from the store, so that nobody can be asked");
  if (!view.caughtUp) return wait(undefined);
  if (!view.listened(now))
    return wait("who is there in the fleet is not known yet: it was listened to for some seconds only");
  const place = view.place(ask.service, ask.ticket);
  if (place === undefined) return wait("the fleet was asked just now");
  const full = ask.to === "drain" ? overBudget(view, ask, place, limits, now) : undefined;
  if (full !== undefined) return wait(full);
  const { service, planned } = ask;
  const reserve = planned && ask.to === "drain";
  const bare = ask.prefixes.find((prefix) => !isCovered(view, { service, prefix, place, reserve }, now));
  if (bare !== undefined) return { ...wait(`no other POP is known to stay up for ${bare}`), pass: true };
  const other = planned && !ask.both ? otherChange(view, { service, place }, limits.window, now) : undefined;
  return other === undefined ? { say: "grant" } : { ...wait(other), pass: true };
}

function wait(why: string | undefined) {
  return { say: "wait" as const, why, pass: false };
}

/** Why the budget has no room; undefined when it has. */
function overBudget(
  view: FleetView,
  { service }: Asking,
  place: number,
  { most }: FleetLimits,
  now: Moment,
): string | undefined {
  const members = view.members(service, now);
  const less = members.filter((member) => member.pop !== view.pop && countsAsGone(member, place));
  const allowed = typeof most === "number" ? most : Math.floor((members.length * most.percent) / 100);
  if (less.length < Math.max(1, allowed)) return undefined;
  const up = members.filter((member) => !isLess(member)).length;
  const words = `${up} of ${members.length} POPs are up for ${service}; ${listed(less.map((member) => describe(member, now)))}`;
  return `${words}: at most ${Math.max(1, allowed)} may be less than up`;
}

/** Silent, or with an ask for a drain that may be before ours, or not up anyway. */
function countsAsGone(member: Member, place: number): boolean {
  const { ask } = member.standing;
  return isLess(member) || (ask?.to === "drain" && !asksAfter(member, place));
}

function isLess({ live, standing }: Member): boolean {
  return !live || standing.prefixes.some(({ level }) => level === "draining" || level === "off");
}
