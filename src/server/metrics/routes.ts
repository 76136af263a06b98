/** This POP's routes, as metrics. */

import { GOALS } from "../../sync/standing.ts";
import type { RouteKeeper } from "../routes/keeper.ts";
import type { Family } from "./family.ts";

const VERDICTS = ["good", "wrong", "dead"] as const;
const LEVELS = ["up", "reserve", "draining", "off"] as const;

/** Prefixes are a handful: each has a series for each state that it may be in. */
export function routeFamilies({ standings, health, peers, transitions }: RouteKeeper["facts"]): Family[] {
  const prefixes = standings.flatMap(({ service, prefixes }) => prefixes.map((one) => ({ ...one, service })));
  return [
    {
      name: "zonecast_prefix_health",
      type: "gauge",
      help: "1 for what the checks of a prefix say; none is 1 before they have said anything.",
      values: prefixes.flatMap(({ prefix, service }) =>
        VERDICTS.map((verdict) => ({
          labels: { prefix, service, verdict },
          value: health.get(prefix)?.verdict === verdict ? 1 : 0,
        })),
      ),
    },
    {
      name: "zonecast_prefix_announced",
      type: "gauge",
      help: "1 for the level at which routers have been told of a prefix.",
      values: prefixes.flatMap(({ prefix, service, level: now }) =>
        LEVELS.map((level) => ({ labels: { prefix, service, level }, value: now === level ? 1 : 0 })),
      ),
    },
    {
      name: "zonecast_route_transitions_total",
      type: "counter",
      help: "How often a prefix came to a level.",
      values: prefixes.flatMap(({ prefix, service }) =>
        LEVELS.map((to) => ({ labels: { prefix, service, to }, value: transitions.get(`${prefix} ${to}`) ?? 0 })),
      ),
    },
    {
      name: "zonecast_plan",
      type: "gauge",
      help: "1 for what was planned last for a service; serve when nothing was.",
      values: standings.flatMap(({ service, plan }) =>
        GOALS.map((to) => ({ labels: { service, to }, value: (plan?.to ?? "serve") === to ? 1 : 0 })),
      ),
    },
    {
      name: "zonecast_bgp_peer_up",
      type: "gauge",
      help: "1 while a router takes what it is told.",
      values: peers.map(({ name, state }) => ({ labels: { peer: name }, value: state === "up" ? 1 : 0 })),
    },
  ];
}
