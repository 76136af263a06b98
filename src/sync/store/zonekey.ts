/**
 * Names as tokens of NATS subjects and of `nats kv` keys, which have letters, digits, "-", "_", "=" and dots between
 * tokens. Every other octet is =hh.
 *
 *   example.com.        example.com
 *   *.a\.b.example.     =2a.a=2eb.example
 *   .                   =root
 *
 * A name of 255 octets makes a key of at most 759: far from the 4,096 of a line of the protocol.
 */

import { TextError } from "../../text/error.ts";
import { absoluteName, nameToText } from "../../text/name.ts";

/** No key of a zone is like these: after "=" come two hex digits. */
const ROOT_KEY = "=root";
const TXN = "=txn.";
/** Keys may have no uppercase letters; DNS names are the same in either case (RFC 4343 §2). */
const PLAIN_LABEL = /[a-z0-9_-]/;
const PLAIN_TOKEN = /[A-Za-z0-9_-]/;

/** A zone's key. `zone`: as nameToText writes it. Throws RangeError for what is no name. */
export function zoneKey(zone: string): string {
  const wire = wireName(zone);
  if (wire.length === 1) return ROOT_KEY;
  const labels: string[] = [];
  for (let at = 0; wire[at] !== 0; at += wire[at] + 1) {
    const label = Buffer.from(wire.subarray(at + 1, at + 1 + wire[at]));
    labels.push(
      escaped(
        Buffer.from(
          label.toString("latin1").replace(/[A-Z]/g, (c) => c.toLowerCase()),
          "latin1",
        ),
        PLAIN_LABEL,
      ),
    );
  }
  return labels.join(".");
}

/** The zone of a key, as nameToText writes it; undefined for the key of something else. */
export function zoneOfKey(key: string): string | undefined {
  if (key === ROOT_KEY) return ".";
  const labels = key.split(".").map((token) => unescaped(token, PLAIN_LABEL));
  const wire: Buffer[] = [];
  for (const label of labels) {
    if (label === undefined || label.length === 0 || label.length > 63) return undefined;
    wire.push(Buffer.from([label.length]), label);
  }
  wire.push(Buffer.alloc(1));
  try {
    return nameToText(Buffer.concat(wire));
  } catch {
    return undefined;
  }
}

/** The key of a swap's decision; no zone has it. */
export function txnKey(txn: string): string {
  return TXN + txn;
}

/** The swap whose decision has this key; undefined for the key of something else. */
export function txnOfKey(key: string): string | undefined {
  return key.startsWith(TXN) ? key.slice(TXN.length) : undefined;
}

/** A POP's name, which may be any text, as one token of a subject. */
export function popKey(pop: string): string {
  return escaped(Buffer.from(pop), PLAIN_TOKEN);
}

/** The POP of a token; undefined for what popKey never writes. */
export function popOfKey(key: string): string | undefined {
  const octets = unescaped(key, PLAIN_TOKEN);
  return octets === undefined || octets.length === 0 ? undefined : octets.toString();
}

function wireName(zone: string): Uint8Array {
  try {
    return absoluteName(zone);
  } catch (error) {
    if (error instanceof TextError) throw new RangeError(`"${zone}" is no name of a zone: ${error.message}`);
    throw error;
  }
}

function escaped(octets: Buffer, plain: RegExp): string {
  let text = "";
  for (const octet of octets) {
    const letter = String.fromCharCode(octet);
    text += plain.test(letter) ? letter : `=${octet.toString(16).padStart(2, "0")}`;
  }
  return text;
}

function unescaped(token: string, plain: RegExp): Buffer | undefined {
  const octets: number[] = [];
  for (let i = 0; i < token.length; i++) {
    if (plain.test(token[i])) octets.push(token.charCodeAt(i));
    else {
      const hex = /^=[0-9a-f]{2}/.exec(token.slice(i, i + 3));
      if (hex === null) return undefined;
      const octet = Number.parseInt(token.slice(i + 1, i + 3), 16);
      // What is plain, or has no capital here, is never written so: a name has one key and no other.
      if (plain.test(String.fromCharCode(octet).toLowerCase())) return undefined;
      octets.push(octet);
      i += 2;
    }
  }
  return Buffer.from(octets);
}
