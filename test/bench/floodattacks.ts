/** The attacks, and the zone that they are on. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Zone } from "./contenders.ts";
import { signZone } from "./sign.ts";
import type { Workplace } from "./workplace.ts";
import { ORIGIN } from "./zones.ts";
import { smallZone } from "./zonetext.ts";

/** As flood.c is told of it. */
export interface Attack {
  readonly key: string;
  readonly title: string;
  readonly options: readonly string[];
}

const TXT = 16;
const A = 1;
/** Lines of TXT that make an answer of 1,000 octets with their signature. */
const LINES = 4;
const LINE = 200;

/** An octet shorter than the honest names, as the attacker's random labels are: floodhonest.c says why. */
const REFLECTED = "reflector";
/** Names that most of the honest ask for; some ask for as many others. */
export const HONEST_NAMES = 64;
export const FIRST_HONEST_NAME = "host-00000";

/** Datagrams that cross the stack as one, all from one prefix. */
const SEGMENTS = 32;

const torture = (key: string, title: string, sources: number): Attack => ({
  key,
  title,
  options: [`question=${ORIGIN}`, `type=${A}`, "random=1", `sources=${sources}`, `segments=${SEGMENTS}`],
});

/** All of them. */
export const attacks: readonly Attack[] = [
  {
    key: "reflection",
    title: "Reflection: one question with a large answer, forged from 4 prefixes",
    options: [`question=${REFLECTED}.${ORIGIN}`, `type=${TXT}`, "sources=4", `segments=${SEGMENTS}`],
  },
  torture("torture-few", "Water torture: random names, from 4 prefixes", 4),
  torture("torture-many", "Water torture: random names, from 20,000 prefixes", 20_000),
];

/** The small zone, with a name that is worth reflecting, signed. */
export async function writeFloodZone(place: Workplace): Promise<Zone> {
  const file = join(place.folder(), `${ORIGIN}.zone`);
  const big = Array.from({ length: LINES }, (_, i) => `${REFLECTED} TXT "${String(i).repeat(LINE)}"\n`);
  const hosts = Array.from(
    { length: HONEST_NAMES * 2 },
    (_, i) => `host-${String(i).padStart(5, "0")} A 192.0.2.${i + 1}\n`,
  );
  writeFileSync(file, [smallZone(), ...hosts, ...big].join(""));
  await signZone(place, ORIGIN, file, "NSEC");
  return { name: ORIGIN, file, signed: "NSEC" };
}
