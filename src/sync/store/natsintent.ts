/**
 * How a swap of several zones looks in the stream of zones, all or nothing:
 *
 *   intents    each manifest, published by compare-and-swap, with the swap's id and the head it is to replace
 *   decision   one message on a subject of the swap's own, made by compare-and-swap with "none yet": "commit", or "abort"
 *
 * An intent without a decision, or with an abort, does not exist: the head is still the one it names. A committed intent
 * became the head when the decision was stored: the decision's sequence is in the revisions of all zones of the swap.
 */

import type { Message } from "./natsmessage.ts";
import { SWAP_MOST } from "./natsrevision.ts";
import { keyOf, ZONES } from "./natssubjects.ts";
import { txnOfKey, zoneOfKey } from "./zonekey.ts";

/** The swap that an intent belongs to, and the index that its zone has there. */
export const TXN = "Zonecast-Txn";
/** The head that an intent is to replace: sequence of its message, and its revision; "0 0" for none. */
const PREV = "Zonecast-Prev";
/** How many intents that came to nothing lie between an intent and that head. */
const DEPTH = "Zonecast-Depth";
export const DECISION = "Zonecast-Decision";

/** The head that an intent stands upon. */
export interface Previous {
  readonly seq: number;
  readonly revision: number;
}

/** What a message of the stream of zones is. */
export type Record =
  | { readonly is: "manifest"; readonly zone: string; readonly message: Message }
  | {
      readonly is: "intent";
      readonly zone: string;
      readonly message: Message;
      readonly txn: string;
      readonly index: number;
      readonly previous: Previous;
      readonly depth: number;
    }
  | { readonly is: "decision"; readonly txn: string; readonly commit: boolean; readonly message: Message }
  /** What `nats kv del` leaves: the zone has no head. */
  | { readonly is: "nothing"; readonly zone: string; readonly message: Message };

/** Tells what a message is; undefined for what no Zonecast has written. */
export function recordOf(message: Message): Record | undefined {
  const key = keyOf(ZONES, message.subject);
  const header = (name: string) => message.headers?.get(name) ?? "";
  const decided = txnOfKey(key);
  if (decided !== undefined) {
    return { is: "decision", txn: decided, commit: header(DECISION) === "commit", message };
  }
  const zone = zoneOfKey(key);
  if (zone === undefined) return undefined;
  if (header("KV-Operation") !== "") return { is: "nothing", zone, message };
  const [txn, index] = header(TXN).split(" ");
  if (txn === "") return { is: "manifest", zone, message };
  const [seq, revision] = header(PREV).split(" ").map(Number);
  return {
    is: "intent",
    zone,
    message,
    txn,
    index: Number(index),
    previous: { seq, revision },
    depth: Number(header(DEPTH)),
  };
}

/** The headers of an intent; `index`: among the zones of the swap. */
export function intentHeaders(
  { txn, index }: { readonly txn: string; readonly index: number },
  previous: Previous,
  depth: number,
): { readonly [name: string]: string } {
  return { [TXN]: `${txn} ${index}`, [PREV]: `${previous.seq} ${previous.revision}`, [DEPTH]: String(depth) };
}

/** Sequences in order as text: "17-19,25". Those of one swap mostly follow each other. */
export function sequencesText(sequences: readonly number[]): string {
  const sorted = sequences.toSorted((a, b) => a - b);
  const runs: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === sorted[end] + 1) end++;
    runs.push(end === i ? `${sorted[i]}` : `${sorted[i]}-${sorted[end]}`);
    i = end + 1;
  }
  return runs.join(",");
}

/**
 * The sequences that a decision lists, as many as a swap can have. One that lists more is not of our making: nothing that
 * it may say is worth the time and memory of a run from 1 to 9007199254740991.
 */
export function sequencesOf(octets: Uint8Array): number[] {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString();
  const sequences: number[] = [];
  for (const run of text.split(",")) {
    const [, from, to = from] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(run) ?? [];
    if (from === undefined) continue;
    for (let seq = Number(from); seq <= Number(to); seq++) {
      if (sequences.length === SWAP_MOST) return sequences;
      sequences.push(seq);
    }
  }
  return sequences;
}
