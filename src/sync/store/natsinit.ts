/** Makes the streams of a store in NATS. */

import { randomUUID } from "node:crypto";
import { natsPlace } from "./natsaccess.ts";
import { ApiError, natsError } from "./natserror.ts";
import { Link } from "./natslink.ts";
import { publish } from "./natspublish.ts";
import { allOf, BLOBS, LEDGER, META, META_SUBJECT, ORDERED, REPORTS, SLACK, ZONES } from "./natssubjects.ts";
import type { StoreAccess, StorePlan } from "./open.ts";
import { HISTORY, LEDGER_LINES, ORDERS, StoreError } from "./store.ts";

const STREAM_NOT_FOUND = 10059;
/** A single server can't keep several copies; a cluster is too small for so many. */
const REPLICAS: readonly number[] = [10005, 10074];

interface StreamPlan {
  readonly name: string;
  /** Undefined: as many as it keeps. */
  readonly max_msgs_per_subject: number | undefined;
  /** What becomes of a new message when the stream may grow no more: it is refused, or an old one goes. */
  readonly discard: "new" | "old";
  /** Single messages can't be taken out by anybody. */
  readonly deny_delete: boolean;
}

/**
 * Makes a store, or brings one that is there up to the plan. A history that is longer than the plan's stays as long:
 * nothing that is held is lost. Rejects with StoreError.
 */
export async function initNats(where: string, access: StoreAccess, plan: StorePlan): Promise<void> {
  const link = new Link(natsPlace(where, access));
  try {
    await link.ready();
    for (const stream of streamsOf(plan)) await bringUp(link, stream, plan.replicas);
    // Last, so that a store that says what it was made with is whole.
    const octets = Buffer.from(JSON.stringify({ v: 1, trust: plan.trust }));
    await publish(link, { subject: META_SUBJECT, octets, id: randomUUID(), expected: undefined });
  } catch (error) {
    throw explained(link.where, error, plan);
  } finally {
    await link.close();
  }
}

function streamsOf({ history }: StorePlan): StreamPlan[] {
  return [
    { name: ZONES, max_msgs_per_subject: history && history + SLACK, discard: "new", deny_delete: true },
    { name: BLOBS, max_msgs_per_subject: 1, discard: "new", deny_delete: false },
    { name: REPORTS, max_msgs_per_subject: 1, discard: "old", deny_delete: false },
    { name: LEDGER, max_msgs_per_subject: LEDGER_LINES, discard: "old", deny_delete: true },
    { name: ORDERED, max_msgs_per_subject: ORDERS, discard: "new", deny_delete: true },
    { name: META, max_msgs_per_subject: 1, discard: "new", deny_delete: false },
  ];
}

async function bringUp(link: Link, plan: StreamPlan, replicas: number | undefined): Promise<void> {
  const before = await configOf(link, plan.name);
  if (before === undefined) {
    const fixed = { subjects: [allOf(plan.name)], retention: "limits", storage: "file", allow_direct: true };
    const most = plan.max_msgs_per_subject ?? HISTORY + SLACK;
    const made = { ...plan, ...fixed, max_msgs_per_subject: most, num_replicas: replicas ?? 1 };
    await link.api(`STREAM.CREATE.${plan.name}`, made);
    return;
  }
  const most = Math.max(before.max_msgs_per_subject, plan.max_msgs_per_subject ?? 0);
  const copies = replicas ?? before.num_replicas;
  const after = { ...before, max_msgs_per_subject: most, num_replicas: copies, allow_direct: true };
  await link.api(`STREAM.UPDATE.${plan.name}`, after);
}

interface StreamConfig {
  readonly max_msgs_per_subject: number;
  readonly num_replicas: number;
}

async function configOf(link: Link, stream: string): Promise<StreamConfig | undefined> {
  try {
    return (await link.api<{ config: StreamConfig }>(`STREAM.INFO.${stream}`)).config;
  } catch (error) {
    if (error instanceof ApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

function explained(where: string, error: unknown, { replicas }: StorePlan): StoreError {
  if (!(error instanceof ApiError) || !REPLICAS.includes(error.code)) return natsError(where, error);
  const text = `the store at ${where} can't keep ${replicas ?? "so many"} copies of everything: ${error.message}; run a cluster of so many servers, or make it with fewer`;
  return new StoreError("full", text);
}
