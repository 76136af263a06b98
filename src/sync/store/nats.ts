/**
 * The store in NATS JetStream: streams as logs, changed by compare-and-swap. The client's watcher of key-value buckets
 * and its object store are not used: they lose the last change after a half-open connection, and read without
 * backpressure (measured with client 3.4 and nats-server 2.9.10).
 */

import { natsPlace } from "./natsaccess.ts";
import { dropBlob, getBlob, listBlobs, putBlob } from "./natsblobs.ts";
import { Heads } from "./natshead.ts";
import { listHeads, listManifests } from "./natsheads.ts";
import { Link } from "./natslink.ts";
import { readMessage } from "./natsmessage.ts";
import { listLines, listReports, putLine, putReport, watchReports } from "./natsnotes.ts";
import { listOrders, putOrder, watchOrders } from "./natsorders.ts";
import { Pace } from "./natspace.ts";
import { META, META_SUBJECT } from "./natssubjects.ts";
import { Swaps } from "./natsswap.ts";
import { tidyDecisions } from "./natstidy.ts";
import { watchZones } from "./natswatch.ts";
import type { StoreAccess } from "./open.ts";
import { type Entry, type Store, StoreError, type StoreMeta } from "./store.ts";

/** Opens a store in NATS. A POP gets one at once, whatever is reachable. Rejects with StoreError. */
export async function openNats(where: string, access: StoreAccess): Promise<Store> {
  const link = new Link(natsPlace(where, access));
  try {
    if (access.patience === "verb") await link.ready();
  } catch (error) {
    await link.close();
    throw error;
  }
  return storeOver(link);
}

/** The store that is reached over a connection. */
export function storeOver(link: Link): Store {
  const heads = new Heads(link);
  const swaps = new Swaps(link, heads);
  const pace = new Pace();
  const closed = new AbortController();
  return {
    where: link.where,
    meta: () => readMeta(link),
    head: async (zone) => entryOf(zone, (await heads.standing(zone)).head),
    history: (zone) => heads.history(zone),
    heads: () => listHeads(link),
    manifests: () => listManifests(link, heads),
    swap: (changes) => swaps.swap(changes),
    putBlob: (sha256, octets) => putBlob(link, sha256, octets),
    getBlob: (sha256) => getBlob(link, sha256),
    blobs: () => listBlobs(link),
    dropBlob: (sha256, putBefore) => dropBlob(link, sha256, putBefore),
    tidy: (before) => tidyDecisions(link, before),
    watch: (cursor, signal) => watchZones(link, heads, cursor, AbortSignal.any([signal, closed.signal])),
    report: (report) => putReport(link, pace, report),
    reports: () => listReports(link),
    watchReports: (signal, what) => watchReports(link, pace, AbortSignal.any([signal, closed.signal]), what),
    order: (change) => putOrder(link, change),
    orders: (pop) => listOrders(link, pop),
    watchOrders: (pop, signal) => watchOrders(link, pop, AbortSignal.any([signal, closed.signal])),
    record: (line) => putLine(link, line),
    ledger: (zone) => listLines(link, zone),
    close: () => {
      closed.abort();
      return link.close();
    },
  };
}

async function readMeta(link: Link): Promise<StoreMeta> {
  const octets = (await readMessage(link, META, { last_by_subj: META_SUBJECT }))?.data;
  if (octets === undefined) {
    throw new StoreError("missing", `there is no store at ${link.where}: make it with zonecast store init`);
  }
  const trust = trustIn(octets);
  if (trust === undefined)
    throw new StoreError("broken", `the store at ${link.where} has no trust list: run zonecast store init`);
  return { trust };
}

/** Undefined for what is no meta of ours. */
function trustIn(octets: Uint8Array): readonly string[] | undefined {
  try {
    const { trust } = JSON.parse(Buffer.from(octets).toString()) as Partial<StoreMeta>;
    return Array.isArray(trust) && trust.every((key) => typeof key === "string") ? trust : undefined;
  } catch {
    return undefined;
  }
}

function entryOf(
  zone: string,
  head: { readonly revision: number; readonly octets: Uint8Array } | undefined,
): Entry | undefined {
  return head === undefined ? undefined : { zone, revision: head.revision, octets: head.octets };
}
