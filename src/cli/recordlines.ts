/**
 * From which line of which file records are: the sources are read once more, as the zone's image does not know. That
 * costs a server nothing, and who asks one question no more than the loading did.
 */

import type { ReplyRecord } from "../answer/explain/reply.ts";
import { rdataKey } from "../answer/explain/reply.ts";
import { type Include, readMaster } from "../zone/master.ts";
import { Problems, type Source } from "../zone/problem.ts";

/** Where a record was written. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** It was made by a $GENERATE on that line. */
  readonly generated: boolean;
}

/** What a zone was read from. */
export interface Read {
  readonly source: Source;
  /** The name that completes relative names at first. */
  readonly origin: Uint8Array;
  readonly include: Include;
}

const GENERATE = "$GENERATE";

/** The place of each record that the sources have, by `keyOf`; of one that is there twice, the first. */
export function placesOf(
  records: readonly ReplyRecord[],
  { source, origin, include }: Read,
): ReadonlyMap<string, Place> {
  const wanted = new Set(records.map(keyOf));
  const types = new Set(records.map(({ type }) => type));
  const lengths = new Set(records.map(({ owner }) => owner.length));
  const places = new Map<string, Place>();
  readMaster(source, origin, include, new Problems(), (owner, ownerLength, type, _ttl, rdata, length, from, offset) => {
    if (!types.has(type) || !lengths.has(ownerLength)) return true;
    const key = keyOf({ owner: owner.subarray(0, ownerLength), type, rdata: rdata.subarray(0, length) });
    if (wanted.has(key) && !places.has(key)) places.set(key, placeAt(from, offset));
    return places.size < wanted.size;
  });
  return places;
}

/** What tells a record from all others of its zone. */
export function keyOf({ owner, type, rdata }: Pick<ReplyRecord, "owner" | "type" | "rdata">): string {
  return `${Buffer.from(owner).toString("latin1").toLowerCase()} ${type} ${rdataKey(type, rdata)}`;
}

function placeAt({ file, bytes }: Source, offset: number): Place {
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 10) line++;
  const word = Buffer.from(bytes.subarray(offset, offset + GENERATE.length)).toString("latin1");
  return { file, line, generated: word.toUpperCase() === GENERATE };
}
