/** The configuration of a POP of the lab: what the defaults are not, and why. */

import { LOCAL_PORT } from "./birdconf.ts";
import { AS, addressOn, SERVED, transitOf } from "./topology.ts";
import { ABSENT, CANARY, ZONE } from "./zone.ts";

export interface PopSetup {
  readonly state: string;
  readonly control: string;
  /** Section store. */
  readonly store: string;
  /** Seconds; see anycast.bgp.hold. */
  readonly hold: number;
  readonly anycast: boolean;
  /** As health is configured by default; otherwise a POP that has failed is trusted again soon: see below. */
  readonly wary: boolean;
}

/** The least that there is: a stopped process is noticed in 3 s instead of 9. */
export const HOLD = 3;

/** The whole file. */
export function popYaml(name: string, { state, control, store, hold, anycast, wary }: PopSetup): string {
  const own = addressOn(name, transitOf(name)).v4;
  const listen = [...SERVED.map(({ address }) => address), own].map((address) => `"${address}@53"`);
  const head = `pop: ${name}
listen: [${listen.join(", ")}]
ask: ["${own}@53"]
state: ${state}
control: ${control}
admin: 127.0.0.1@9053
# Two, however few cores there are: one of them is broken by drills.
workers: 2
# A client asks for one name 200 times a second, more when it catches up: what is lost is to be lost by routes alone.
rrl: { enabled: false }
log: { format: json }
${store}`;
  return anycast ? `${head}${anycastYaml(hold, wary)}` : head;
}

function anycastYaml(hold: number, wary: boolean): string {
  const prefixes = SERVED.map(
    ({ prefix, service, address }) =>
      `    - { prefix: "${prefix}", service: ${service}, addresses: ["${address}@53"] }\n`,
  );
  // Drills fail each POP more often than twelve times an hour, and each waits until the last one has come back.
  const health = wary ? "" : "  health: { rise: 4, cooldown: 1, cooldown-most: 2, transitions: 1000 }\n";
  return `anycast:
  as: ${AS}
  prefixes:
${prefixes.join("")}  bgp:
    hold: ${hold}
    neighbours: [{ at: "127.0.0.1@${LOCAL_PORT}", as: ${AS} }]
  require:
    - { zone: ${ZONE}, exists: ${CANARY} A, absent: ${ABSENT} }
${health}  # In the lab a change is everywhere in milliseconds, and clients come back as soon as they are answered elsewhere.
  drain: { notice: 1, least: 2, most: 5 }
`;
}
