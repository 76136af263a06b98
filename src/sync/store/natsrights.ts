/**
 * What each role may do in NATS, as lists of subjects for the permissions of a user. The server enforces it: a POP can
 * read zones, blobs, reports and the orders to itself, and write its own report, and nothing else. Configurations of
 * servers and tests take it from here.
 *
 * A POP may make consumers, and could have one deliver to a subject of its choice. The consumer's filter is held to the
 * subjects of what it may read; manifests and orders are signed, and a report is one more of a POP that may write its own,
 * so that nothing comes of it.
 */

import {
  allOf,
  BLOBS,
  inboxPrefix,
  LEDGER,
  META,
  META_SUBJECT,
  MIRRORED,
  MIRRORS,
  ORDERED,
  orderSubject,
  POP_INBOXES,
  REPORTS,
  reportSubject,
  STREAMS,
  ZONES,
} from "./natssubjects.ts";

export interface Rights {
  /** Subjects that the user may publish to, and subscribe to. */
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const API = "$JS.API";
/** The same of a JetStream domain, seen from another one. */
const DOMAIN_API = "$JS.*.API";

/** A POP that follows: reads zones, blobs, what the store was made with, reports and its own orders; writes its own report. */
export function popRights(pop: string): Rights {
  return {
    publish: [
      ...reading(ZONES),
      ...getting(BLOBS),
      ...getting(META),
      ...reading(REPORTS),
      ...consuming(ORDERED, orderSubject(pop)),
      reportSubject(pop),
    ],
    subscribe: [`${inboxPrefix(pop)}.>`],
  };
}

/** Whoever pushes, rolls back, conducts and drains: reads all; writes zones, blobs, ledgers and orders. */
export const PUBLISHER: Rights = {
  publish: [...STREAMS.flatMap(reading), ...getting(BLOBS), ...[ZONES, BLOBS, LEDGER, ORDERED].map(allOf)],
  subscribe: [`${inboxPrefix(undefined)}.>`],
};

/**
 * Whoever makes the store and its mirrors, and collects what it need not keep: all of a publisher's rights, and those over
 * streams, on a leaf node also over those of its hub as far as LEAF lets it.
 */
export const OPERATOR: Rights = {
  publish: [`${API}.>`, `${DOMAIN_API}.>`, ...STREAMS.map(allOf)],
  subscribe: PUBLISHER.subscribe,
};

/**
 * A leaf node, at its hub: its mirrors read zones, blobs, what the store was made with, reports and orders, and the
 * reports of the POPs behind it go through. All that is behind a leaf node has these rights at the hub and no more, whatever its own
 * configuration says.
 */
export const LEAF: Rights = {
  publish: [
    ...MIRRORED.flatMap(mirroring),
    // Flow control: that what was sent has come.
    ...MIRRORED.map((stream) => `$JS.FC.${stream}.>`),
    allOf(REPORTS),
  ],
  // $JSC.R: what the leaf node's server itself asked for.
  subscribe: [`${MIRRORS}.>`, "$JSC.R.>", `${POP_INBOXES}.>`, ...PUBLISHER.subscribe],
};

/** What the API is asked for to read a stream from a position on, and message by message. */
function reading(stream: string): string[] {
  return [`${API}.STREAM.MSG.GET.${stream}`, ...consuming(stream, allOf(stream))];
}

/** The same of some of its subjects, and no other: STREAM.MSG.GET can't be held to any. */
function consuming(stream: string, filter: string): string[] {
  return [
    `${API}.STREAM.INFO.${stream}`,
    `${API}.CONSUMER.CREATE.${stream}.*.${filter}`,
    `${API}.CONSUMER.MSG.NEXT.${stream}.*`,
    `${API}.CONSUMER.DELETE.${stream}.*`,
  ];
}

/** What a mirror asks its origin for; servers from 2.10 on name their consumers. */
function mirroring(stream: string): string[] {
  return [
    `${DOMAIN_API}.STREAM.INFO.${stream}`,
    `${DOMAIN_API}.STREAM.MSG.GET.${stream}`,
    `${DOMAIN_API}.CONSUMER.CREATE.${stream}`,
    `${DOMAIN_API}.CONSUMER.CREATE.${stream}.>`,
    `${DOMAIN_API}.CONSUMER.DELETE.${stream}.*`,
  ];
}

/** What single messages are asked for by their subject. Any replica answers; the leader when it has none. */
function getting(stream: string): string[] {
  return [`${API}.DIRECT.GET.${stream}.${allOf(stream)}`, `${API}.STREAM.MSG.GET.${stream}`];
}

/** What a subject that was refused is for, for people. */
export function rightFor(subject: string): string {
  const stream = STREAMS.find((name) => subject.split(".").includes(name));
  if (stream !== undefined) {
    const changes = /\.STREAM\.(?:CREATE|UPDATE|DELETE|PURGE|MSG\.DELETE)\./.test(subject);
    return `${changes ? "make, change or empty the stream of" : "read"} ${wordOf(stream)}`;
  }
  if (subject === META_SUBJECT) return "make a store";
  const written = STREAMS.find((name) => subject.startsWith(allOf(name).slice(0, -1)));
  return written === undefined ? `use ${subject}` : `write ${wordOf(written)}`;
}

function wordOf(stream: string): string {
  if (stream === META) return "what the store was made with";
  return stream === REPORTS ? "reports of POPs" : stream === LEDGER ? "ledgers" : stream.slice("KV_".length);
}
