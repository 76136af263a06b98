/** What came of the attacks, as one table for each. */

import type { Attack } from "./floodattacks.ts";
import type { Replied } from "./floodnet.ts";
import type { Defender } from "./floodservers.ts";
import { median, table } from "./table.ts";

/** What became of the honest queries of one group, as flood.c counts them. */
export interface Tally {
  readonly asked: number;
  /** Within a second; of those, the ones that nobody had to ask again or by TCP. */
  readonly answered: number;
  readonly first: number;
  readonly truncated: number;
  readonly by_tcp: number;
  readonly wrong: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

/** A server under an attack, once. */
export interface Flooded {
  /** Of the attack: datagrams, octets of each, seconds. */
  readonly sent: number;
  readonly query_octets: number;
  readonly seconds: number;
  /** Prefixes that had asked before the attack began, such that came with it, and such that asked for other names, too. */
  readonly known: Tally;
  readonly fresh: Tally;
  readonly strange: Tally;
  /** What the attacker was answered. */
  readonly replied: Replied;
  /** The server's, of a core. */
  readonly cpu: number;
}

export interface Attacked {
  readonly defender: Defender;
  /** What it answers without limits, a second. */
  readonly able: number;
  readonly rounds: Flooded[];
}

export interface Row {
  readonly attack: Attack;
  readonly servers: readonly Attacked[];
}

/** IPv4 and UDP headers. */
const HEADERS = 28;
const HEAD = [
  "server",
  "attack /s",
  "× capacity",
  "known: goodput",
  "at first try",
  "p50 ms",
  "p99 ms",
  "new: goodput",
  "at first try",
  "new, new names",
  "at first try",
  "wrong",
  "by TCP",
  "replies to the attacker /s",
  "octets out / in",
  "server's CPU",
];

/** Prints them, medians of all rounds. */
export function floodTables(rows: readonly Row[]): void {
  for (const { attack, servers } of rows) table(attack.title, [HEAD, ...servers.map(cells)]);
}

function cells({ defender, able, rounds }: Attacked): string[] {
  const of = (value: (one: Flooded) => number, digits = 0) => middle(rounds, value).toFixed(digits);
  const rate = middle(rounds, (one) => one.sent / one.seconds);
  return [
    defender.title,
    rate.toFixed(0),
    (rate / able).toFixed(1),
    ...group(rounds, (one) => one.known),
    of((one) => one.known.p50_ms, 1),
    of((one) => one.known.p99_ms, 1),
    ...group(rounds, (one) => one.fresh),
    ...group(rounds, (one) => one.strange),
    of((one) => sum(one, (tally) => tally.wrong)),
    of((one) => sum(one, (tally) => tally.by_tcp)),
    of((one) => one.replied.packets / one.seconds),
    of((one) => one.replied.octets / (one.sent * (one.query_octets + HEADERS)), 3),
    of((one) => one.cpu, 2),
  ];
}

/** Answered within a second, and of those at once. */
function group(rounds: readonly Flooded[], which: (one: Flooded) => Tally): string[] {
  const share = (value: (tally: Tally) => number) =>
    `${middle(rounds, (one) => (value(which(one)) / which(one).asked) * 100).toFixed(1)} %`;
  return [share((tally) => tally.answered), share((tally) => tally.first)];
}

function sum({ known, fresh, strange }: Flooded, value: (tally: Tally) => number): number {
  return value(known) + value(fresh) + value(strange);
}

function middle(rounds: readonly Flooded[], value: (one: Flooded) => number): number {
  return median(rounds.map(value));
}
