/** From what somebody asks for, at this machine or through the store, to plans for the services of this POP. */

import type { Plan } from "../../anycast/plan.ts";
import { ALL, type Order } from "../../sync/orders/order.ts";
import type { PlanRequest } from "./planrequest.ts";

/** The plans that a request makes; a sentence that says why it makes none. `now`: milliseconds since 1970. */
export function plansOfRequest(request: PlanRequest, services: readonly string[], now: number): Plan[] | string {
  const { service, all, to, by, why, force } = request;
  if (service === undefined && !all && services.length > 1) {
    return `this POP serves ${services.join(" and ")}: name one with --service, or say --all`;
  }
  const named = service === undefined ? services : services.filter((one) => one === service);
  if (named.length === 0) return noSuch(service, services);
  const until = request.for === undefined ? undefined : now + request.for * 1000;
  // Who says "all" has been told that these are several.
  const both = request.both || named.length > 1;
  return named.map((one) => ({ service: one, to, by, why, at: now, until, both, force }));
}

/** The plans that an order makes; a sentence that says why it makes none. */
export function plansOfOrder(order: Order, services: readonly string[]): Plan[] | string {
  const { service, to, by, why, at, until, force } = order;
  const named = service === ALL ? services : services.filter((one) => one === service);
  if (named.length === 0) return noSuch(service, services);
  const both = order.both || named.length > 1;
  return named.map((one) => ({ service: one, to, by, why, at, until, both, force }));
}

function noSuch(service: string | undefined, services: readonly string[]): string {
  return `this POP has no service ${service}: there is ${services.join(" and ")}`;
}
