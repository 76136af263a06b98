/** The serial of a version that is to be published: never one that secondaries and resolvers take for an older one. */

import { compareSerial } from "../wire/serial.ts";

/**
 * Where a serial comes from. keep: the file's, which has to be raised there. counter: the file's when it was raised,
 * else the live one and 1. date: YYYYMMDDnn in UTC. unix: seconds since 1970.
 */
export type SerialPolicy = "keep" | "date" | "counter" | "unix";

export type NewSerial = { readonly serial: number } | { readonly why: string };

/**
 * The serial for a zone whose file says `file`, when `live` is the one that is served; undefined when none is. Every
 * answer is above the live one (RFC 1982 §3.2). Where the policy's own serial is not, it is the live one and 1: a date
 * with no number left goes on counting past 99, into the next day's. date and unix leave a file's serial alone that is
 * above both their own and the live one. keep says why it refuses.
 */
export function newSerial(policy: SerialPolicy, file: number, live: number | undefined, now: Date): NewSerial {
  switch (policy) {
    case "keep":
      return live === undefined || isAbove(file, live) ? { serial: file } : { why: whyNotAbove(file, live) };
    case "counter":
      return { serial: raised(file, live) };
    case "date":
      return { serial: raised(later(file, dateSerial(now)), live) };
    case "unix":
      return { serial: raised(later(file, Math.floor(now.getTime() / 1000) >>> 0), live) };
  }
}

/**
 * The least serial that is above all of these; undefined when there is none, because two of them are so far apart that
 * each is after the other.
 */
export function serialAbove(first: number, ...others: readonly number[]): number | undefined {
  const floors = [first, ...others];
  const next = after(floors.reduce(later));
  return floors.every((floor) => isAbove(next, floor)) ? next : undefined;
}

function raised(own: number, live: number | undefined): number {
  return live === undefined || isAbove(own, live) ? own : after(live);
}

/** The first is as good as any when the two can't be compared. */
function later(a: number, b: number): number {
  return isAbove(b, a) ? b : a;
}

/** RFC 1982 §3.1: "(s + n) modulo (2 ^ SERIAL_BITS)". */
function after(serial: number): number {
  return (serial + 1) >>> 0;
}

/** Not so for two serials that are 2^31 apart, which RFC 1982 §3.2 leaves undefined. */
function isAbove(a: number, b: number): boolean {
  return compareSerial(a, b) > 0;
}

/** The first serial of a day: 2026-11-20 is 2026112000. */
function dateSerial(now: Date): number {
  const day = (now.getUTCFullYear() * 100 + now.getUTCMonth() + 1) * 100 + now.getUTCDate();
  return (day * 100) >>> 0;
}

function whyNotAbove(file: number, live: number): string {
  const why =
    file === live
      ? `serial ${file} is the one that is live`
      : Number.isNaN(compareSerial(file, live))
        ? `serial ${file} is neither above nor below ${live}, which is live (RFC 1982)`
        : `serial ${file} is below ${live}, which is live (RFC 1982)`;
  const next = after(live);
  return `${why}: raise it in the file, to ${next} or above, or let it be raised by --serial counter, date or unix (publish.serial in the configuration)`;
}
