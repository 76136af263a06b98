/** The OPT record of an answer (RFC 6891 §6.1.1), with the options that the query asked for. */

import { OPT_FIXED, Option } from "../wire/edns.ts";
import { writeU16, writeU32 } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import type { Zone } from "../zone/image.ts";
import { CLIENT, COOKIE_LENGTH, type ServerCookies } from "./cookie.ts";
import { Count } from "./counters.ts";
import type { Exchange } from "./exchange.ts";

/** RFC 8467 §4.1: answers over encrypted transports are padded to a multiple of this. */
const PADDING_BLOCK = 468;
/** Option code and length. */
const OPTION_HEAD = 4;
/** RFC 9660 §2: LABELCOUNT, TYPE, and a serial of four octets. */
const ZONEVERSION_LENGTH = 6;

/** Octets to keep free for the OPT while the answer is built; an extended error only goes in where it fits. */
export function optReserve(x: Exchange): number {
  const { edns, client, settings } = x;
  if (!edns.present) return 0;
  let octets = OPT_FIXED;
  if (edns.nsid) octets += OPTION_HEAD + settings.identity.length;
  if (edns.cookieLength > 0 && settings.cookies) octets += OPTION_HEAD + COOKIE_LENGTH;
  if (edns.keepalive && client.stream) octets += OPTION_HEAD + 2;
  if (edns.zoneVersion) octets += OPTION_HEAD + ZONEVERSION_LENGTH;
  return octets;
}

/** Appends the OPT to the reply, which ends at `at`, and returns the length after it. */
export function writeOpt(x: Exchange, at: number): number {
  const { edns, client, settings, reply } = x;
  reply[at] = 0;
  writeU16(reply, at + 1, RrType.OPT);
  writeU16(reply, at + 3, settings.payload);
  reply[at + 5] = x.rcode >>> 4;
  reply[at + 6] = 0;
  // RFC 3225 §3: the DO bit is copied.
  reply[at + 7] = edns.dnssecOk ? 0x80 : 0;
  reply[at + 8] = 0;
  let to = at + OPT_FIXED;
  if (edns.nsid) to = option(reply, to, Option.NSID, settings.identity);
  if (edns.cookieLength > 0 && settings.cookies) to = cookie(x, settings.cookies, to);
  if (edns.keepalive && client.stream) {
    optionHead(reply, to, Option.KEEPALIVE, 2);
    // RFC 7828 §3.1: in units of 100 milliseconds.
    writeU16(reply, to + OPTION_HEAD, settings.idle * 10);
    to += OPTION_HEAD + 2;
  }
  if (edns.zoneVersion && x.zone !== undefined) to = zoneVersion(x.zone, reply, to);
  if (x.ede >= 0) to = extendedError(x, to);
  if (edns.padding && client.encrypted) to = padding(reply, to, x.limit);
  writeU16(reply, at + 9, to - at - OPT_FIXED);
  return to;
}

function optionHead(reply: Uint8Array, at: number, code: number, length: number): void {
  writeU16(reply, at, code);
  writeU16(reply, at + 2, length);
}

function option(reply: Uint8Array, at: number, code: number, data: Uint8Array): number {
  optionHead(reply, at, code, data.length);
  for (let i = 0; i < data.length; i++) reply[at + OPTION_HEAD + i] = data[i];
  return at + OPTION_HEAD + data.length;
}

/** RFC 7873 §5.2: a good server cookie for the client's, whatever came with that. */
function cookie(x: Exchange, cookies: ServerCookies, at: number): number {
  const { edns, client, query, reply, counters } = x;
  const { cookie: from, cookieLength } = edns;
  optionHead(reply, at, Option.COOKIE, COOKIE_LENGTH);
  const to = at + OPTION_HEAD;
  const good = cookies.write(query, from, cookieLength, client.address(), client.seconds(), reply, to);
  x.verified = good;
  if (good) counters.cells[Count.COOKIE_VALID]++;
  else counters.cells[cookieLength === CLIENT ? Count.COOKIE_CLIENT : Count.COOKIE_INVALID]++;
  return to + COOKIE_LENGTH;
}

/** RFC 9660 §3.2: the serial of the zone that the question's name is in. */
function zoneVersion(zone: Zone, reply: Uint8Array, at: number): number {
  optionHead(reply, at, Option.ZONEVERSION, ZONEVERSION_LENGTH);
  reply[at + 4] = zone.apexLabels;
  reply[at + 5] = 0;
  writeU32(reply, at + 6, zone.serial);
  return at + OPTION_HEAD + ZONEVERSION_LENGTH;
}

function extendedError(x: Exchange, at: number): number {
  const { reply } = x;
  const length = 2 + x.edeText.length;
  if (at + OPTION_HEAD + length > x.limit) return at;
  optionHead(reply, at, Option.EDE, length);
  writeU16(reply, at + OPTION_HEAD, x.ede);
  for (let i = 0; i < x.edeText.length; i++) reply[at + OPTION_HEAD + 2 + i] = x.edeText[i];
  return at + OPTION_HEAD + length;
}

function padding(reply: Uint8Array, at: number, limit: number): number {
  if (at + OPTION_HEAD > limit) return at;
  const after = at + OPTION_HEAD;
  const length = Math.min((PADDING_BLOCK - (after % PADDING_BLOCK)) % PADDING_BLOCK, limit - after);
  optionHead(reply, at, Option.PADDING, length);
  reply.fill(0, after, after + length);
  return after + length;
}
