/**
 * JSON that is well formed and not what was meant: changed octets rarely get past a parser, and what lies behind it is
 * what trusts.
 */

import type { Random } from "./random.ts";

/** What stands in the place of a value: of every kind, and at every edge. */
const ODD: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 8.64e15, 1e21],
  ...[
    "",
    "x",
    "\n",
    "\u001b[2J",
    "<b>",
    "__proto__",
    "*",
    ".",
    "a".repeat(300),
    "2026-01-01T00:00:00.000Z",
    "-1",
    "1e9",
  ],
  ...[[], {}, [[]], [null], [{}], { length: 1e9 }, { toString: 1 }, { at: "inline" }, { constructor: null }],
];

/** A copy of a value in which one to three parts are odd, missing, doubled, or each other's. */
export function oddly(random: Random, value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value) ?? "null");
  for (let left = 1 + random.below(3); left > 0; left--) {
    const places = placesOf(copy);
    if (places.length === 0) return random.pick(ODD);
    change(random, random.pick(places), places);
  }
  return copy;
}

interface Place {
  readonly of: Record<string, unknown>;
  readonly key: string;
}

/** Every part of a value, wherever it is. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const of = value as Record<string, unknown>;
  return Object.keys(of).flatMap((key) => [{ of, key }, ...placesOf(of[key])]);
}

function change(random: Random, { of, key }: Place, places: readonly Place[]): void {
  const other = random.pick(places);
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(of)) of.splice(Number(key), 1);
      else delete of[key];
      break;
    case 1:
      if (Array.isArray(of)) of.push(structuredClone(of[Number(key)]));
      else of[`${key}x`] = of[key];
      break;
    case 2:
      // A copy of it: the part may be what it is put into.
      of[key] = structuredClone(other.of[other.key]);
      break;
    case 3:
      if (typeof of[key] === "number") of[key] = of[key] + random.below(5) - 2;
      else of[key] = structuredClone(random.pick(ODD));
      break;
    default:
      of[key] = structuredClone(random.pick(ODD));
  }
}
