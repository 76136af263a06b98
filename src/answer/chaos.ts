/** Questions of class CHAOS: who and what is this server (RFC 4892)? */

import { Flag, HEADER, writeU16, writeU32 } from "../wire/header.ts";
import { Name } from "../wire/name.ts";
import { RrClass, RrType } from "../wire/rrtype.ts";

/** The TXT RDATA for each name that is answered. */
export class Chaos {
  readonly #names: readonly Name[];
  readonly #texts: readonly Uint8Array[];

  /** `version` undefined: questions for it are refused. Texts are cut at 255 octets. */
  constructor(identity: string, version: string | undefined) {
    const answers: [string[], string][] = [
      [["id", "server"], identity],
      [["hostname", "bind"], identity],
    ];
    if (version !== undefined) answers.push([["version", "server"], version], [["version", "bind"], version]);
    this.#names = answers.map(([labels]) => nameOf(labels));
    this.#texts = answers.map(([, text]) => characterString(text));
  }

  /**
   * Appends the answer to the question already in `reply` (up to `length`); returns the new length, or -1 when this is
   * nothing that we tell.
   */
  answer(name: Name, type: number, reply: Uint8Array, length: number, limit: number): number {
    if (type !== RrType.TXT && type !== RrType.ANY) return -1;
    const which = this.#names.findIndex((known) => known.equals(name));
    const text = this.#texts[which];
    if (text === undefined) return -1;
    if (length + 12 + text.length > limit) {
      reply[2] |= Flag.TC;
      return length;
    }
    writeU16(reply, length, 0xc000 | HEADER);
    writeU16(reply, length + 2, RrType.TXT);
    writeU16(reply, length + 4, RrClass.CH);
    writeU32(reply, length + 6, 0);
    writeU16(reply, length + 10, text.length);
    reply.set(text, length + 12);
    reply[2] |= Flag.AA;
    writeU16(reply, 6, 1);
    return length + 12 + text.length;
  }
}

function nameOf(labels: readonly string[]): Name {
  const wire = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
  const name = new Name();
  name.read(Uint8Array.from([...wire, 0]), 0, wire.length + 1);
  return name;
}

function characterString(text: string): Uint8Array {
  const octets = Buffer.from(text).subarray(0, 255);
  return Uint8Array.from([octets.length, ...octets]);
}
