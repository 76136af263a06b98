/** Blobs in NATS: one message each, under its digest, that is never replaced; and when it was put last. */

import { ApiError, natsError } from "./natserror.ts";
import type { Link } from "./natslink.ts";
import { getDirect, MESSAGE_ID, type Message, readMessage } from "./natsmessage.ts";
import { lastSequence, publish } from "./natspublish.ts";
import { readAll } from "./natsreadall.ts";
import { allOf, BLOBS, blobSubject, keyOf, prefixOf, touchSubject } from "./natssubjects.ts";
import { BLOB_MOST, type BlobInfo } from "./store.ts";

const DIGEST = /^[0-9a-f]{64}$/;
const TOUCHED = ".at";

/** Larger ones are sent only when they are not there: to ask takes one more way to the server and back. */
const ASK_FROM = 4096;

/** See Store.putBlob. For one that is there, a message without octets tells that it was put again. */
export async function putBlob(link: Link, sha256: string, octets: Uint8Array): Promise<boolean> {
  const subject = blobSubject(checked(sha256));
  if (octets.length > BLOB_MOST) throw new RangeError(`a blob of ${octets.length} octets; ${BLOB_MOST} is the most`);
  for (;;) {
    const there = octets.length >= ASK_FROM && ((await lastSequence(link, subject)) ?? 0) > 0;
    if (!there) {
      const id = crypto.randomUUID();
      const done = await publish(link, { subject, octets, id, expected: 0, find: () => findBlob(link, subject, id) });
      if (done !== "wrong") return true;
    }
    const touch = {
      subject: touchSubject(sha256),
      octets: new Uint8Array(),
      id: crypto.randomUUID(),
      expected: undefined,
    };
    await publish(link, touch);
    // Whoever collects may have dropped it before it saw the touch.
    if ((await lastSequence(link, subject)) !== 0) return false;
  }
}

async function findBlob(link: Link, subject: string, id: string): Promise<number | undefined> {
  const message = await readMessage(link, BLOBS, { last_by_subj: subject }, 1000);
  return message?.headers?.get(MESSAGE_ID) === id ? message.seq : undefined;
}

/** See Store.getBlob. When the replica that answers first has none, the leader is asked. */
export async function getBlob(link: Link, sha256: string): Promise<Uint8Array | undefined> {
  const subject = blobSubject(checked(sha256));
  try {
    const octets = await getDirect(link, BLOBS, subject);
    return octets ?? (await readMessage(link, BLOBS, { last_by_subj: subject }))?.data;
  } catch (error) {
    throw natsError(link.where, error);
  }
}

/** See Store.blobs. */
export async function* listBlobs(link: Link): AsyncIterable<BlobInfo> {
  const touched = new Map<string, number>();
  const touches = { stream: BLOBS, filter: `${prefixOf(BLOBS)}*.at`, start: "all", headersOnly: true } as const;
  for await (const messages of readAll(link, touches)) {
    for (const { subject, at } of messages) touched.set(keyOf(BLOBS, subject).slice(0, -TOUCHED.length), at);
  }
  for await (const messages of readAll(link, { ...touches, filter: allOf(BLOBS) })) {
    for (const { subject, at } of messages) {
      const sha256 = keyOf(BLOBS, subject);
      if (DIGEST.test(sha256)) yield { sha256, at: Math.max(at, touched.get(sha256) ?? 0) };
    }
  }
}

/** See Store.dropBlob. One that was put again while it was being dropped is put back. */
export async function dropBlob(link: Link, sha256: string, putBefore?: number): Promise<void> {
  const subject = blobSubject(checked(sha256));
  const last = { last_by_subj: touchSubject(sha256) };
  const touch = await readMessage(link, BLOBS, last);
  const blob = await readMessage(link, BLOBS, { last_by_subj: subject });
  if (blob === undefined) return;
  if (putBefore !== undefined && Math.max(blob.at, touch?.at ?? 0) >= putBefore) return;
  await take(link, blob);
  const again = await readMessage(link, BLOBS, last);
  if (putBefore !== undefined && again?.seq !== touch?.seq) {
    await publish(link, { subject, octets: blob.data, id: crypto.randomUUID(), expected: 0 });
  } else if (touch !== undefined) await take(link, touch);
}

/**
 * Takes a message out of its stream. Not by purging its subject: that leaves what it took up counted as used until the
 * server is started again (measured with 2.9.10).
 */
async function take(link: Link, { seq }: Message): Promise<void> {
  try {
    await link.api(`STREAM.MSG.DELETE.${BLOBS}`, { seq, no_erase: true });
  } catch (error) {
    // Somebody else took it, or it was replaced.
    if (!(error instanceof ApiError) || error.status !== 404) throw natsError(link.where, error);
  }
}

function checked(sha256: string): string {
  if (!DIGEST.test(sha256)) throw new RangeError(`"${sha256}" is no SHA-256 in hex`);
  return sha256;
}
