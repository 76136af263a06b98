/** What an operator tells a POP from anywhere: to drain a service, to serve it again, to keep it in reserve. */

import { type Goal, isGoal } from "../standing.ts";

export interface Order {
  readonly v: 1;
  /** The POP's name: an order is good for no other. */
  readonly pop: string;
  /** Rises with every order to the same POP: a POP takes none that is not above its last. */
  readonly id: number;
  /** A service of the POP, or ALL of them. */
  readonly service: string;
  readonly to: Goal;
  /** Who, and why if they said so, for people. */
  readonly by: string;
  readonly why?: string;
  /** When it was said, and when it ends by itself. Milliseconds since 1970, by the operator's clock. */
  readonly at: number;
  readonly until?: number;
  /** Other services of the fleet may be in a planned change at the same time. */
  readonly both: boolean;
  /** The fleet is not asked. */
  readonly force: boolean;
}

/** In the place of a service: all that the POP has. */
export const ALL = "*";

/** Milliseconds since 1970 that Date can tell. */
const TIME_MOST = 8.64e15;

/** What is wrong with what was read as an order, as half a sentence; undefined when nothing is. */
export function orderFault(read: unknown): string | undefined {
  const { v, pop, id, service, to, by, why, at, until, both, force } = (read ?? {}) as { [K in keyof Order]?: unknown };
  if (v !== 1) return `v is ${JSON.stringify(v)}, and this zonecast reads 1`;
  if (!isText(pop) || !isText(service) || !isText(by)) return "pop, service or by is no text";
  if (why !== undefined && !isText(why)) return "why is no text";
  if (!Number.isSafeInteger(id) || (id as number) < 1) return "id is no whole number from 1 on";
  if (!isGoal(to)) return "to is not serve, drain, reserve";
  if (!isTime(at) || (until !== undefined && !isTime(until))) return "at or until is no time";
  return typeof both === "boolean" && typeof force === "boolean" ? undefined : "both or force is not true or false";
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= TIME_MOST;
}
