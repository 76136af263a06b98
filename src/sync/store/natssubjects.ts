/**
 * The streams of a store in NATS, and their subjects: those that `nats kv` would use, so that it can look into them. But
 * reports: NATS carries no subject that begins with $KV from a leaf node with a JetStream domain of its own to its hub.
 */

import { popKey, txnKey, zoneKey } from "./zonekey.ts";

export const ZONES = "KV_zones";
export const BLOBS = "KV_blobs";
export const REPORTS = "zonecast_reports";
export const LEDGER = "KV_ledger";
export const ORDERED = "KV_orders";
export const META = "KV_meta";
export const STREAMS: readonly string[] = [ZONES, BLOBS, REPORTS, LEDGER, ORDERED, META];
/** Those that POPs read, and that a leaf node mirrors. */
export const MIRRORED: readonly string[] = [ZONES, BLOBS, META, REPORTS, ORDERED];

/**
 * More messages than manifests are kept of each zone: intents of swaps that came to nothing take the place of none, and
 * the head that they stand upon can't be pushed out.
 */
export const SLACK = 16;

/** What a subject of a stream begins with. */
export function prefixOf(stream: string): string {
  return stream === REPORTS ? "zonecast.report." : `$KV.${stream.slice("KV_".length)}.`;
}

/** All subjects of a stream. */
export function allOf(stream: string): string {
  return `${prefixOf(stream)}>`;
}

/** The key of a message of a stream. */
export function keyOf(stream: string, subject: string): string {
  return subject.slice(prefixOf(stream).length);
}

export function zoneSubject(zone: string): string {
  return prefixOf(ZONES) + zoneKey(zone);
}

export function txnSubject(txn: string): string {
  return prefixOf(ZONES) + txnKey(txn);
}

export function ledgerSubject(zone: string): string {
  return prefixOf(LEDGER) + zoneKey(zone);
}

export function reportSubject(pop: string): string {
  return prefixOf(REPORTS) + popKey(pop);
}

export function orderSubject(pop: string): string {
  return prefixOf(ORDERED) + popKey(pop);
}

export function blobSubject(sha256: string): string {
  return prefixOf(BLOBS) + sha256;
}

/** Says that a blob which was there has been put again; the time of its message counts. */
export function touchSubject(sha256: string): string {
  return `${blobSubject(sha256)}.at`;
}

export const META_SUBJECT = "$KV.meta.store";

/** What the answers of POPs come to begins with this. */
export const POP_INBOXES = "_INBOX_POP";

/** What a POP's answers come to. */
export function inboxPrefix(pop: string | undefined): string {
  return pop === undefined ? "_INBOX" : `${POP_INBOXES}.${popKey(pop)}`;
}

/** What a leaf node's mirrors are delivered to begins with this. `domain`: the leaf node's. */
export const MIRRORS = "zonecast.mirror";

export function mirrorPrefix(domain: string): string {
  return `${MIRRORS}.${domain}`;
}
