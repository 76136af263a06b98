/**
 * Publishing into a stream, by compare-and-swap where wanted. A time-out is ambiguous: the message may have been stored.
 * So each has an id of its own; it is sent again under the same id, which the server stores once, and before somebody
 * else is said to have been first the subject is searched for it.
 */

import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { ApiError, natsError, WRONG_SEQUENCE, WRONG_SEQUENCE_UNKNOWN } from "./natserror.ts";
import { type Answer, type Link, readAnswer } from "./natslink.ts";
import { MESSAGE_ID } from "./natsmessage.ts";

export interface Publication {
  readonly subject: string;
  readonly octets: Uint8Array;
  /** A random UUID: nobody else ever uses it. */
  readonly id: string;
  /** The sequence of the subject's last message, 0 for none; undefined when any will do. */
  readonly expected: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Finds the sequence of this publication, when it was stored after all. */
  readonly find?: () => Promise<number | undefined>;
}

/** Its sequence, or "wrong" when the subject's last message is another one. Rejects with StoreError. */
export async function publish(link: Link, publication: Publication): Promise<number | "wrong"> {
  const heads = headersOf(publication);
  let tries = 0;
  try {
    return await link.persist(async (left) => {
      tries++;
      const { data } = await link.request(publication.subject, publication.octets, heads, left);
      return readAnswer<{ seq: number }>(data).seq;
    });
  } catch (error) {
    const passed = error instanceof ApiError ? tries > 1 : true;
    const found = passed ? await searched(publication) : undefined;
    if (found !== undefined) return found;
    if (isWrong(error)) return "wrong";
    throw natsError(link.where, error);
  }
}

/** What no stream ever has as a sequence. */
const NEVER = String(Number.MAX_SAFE_INTEGER);

/**
 * The sequence of a subject's last message, 0 for none, without that message on the wire: what the server says when a
 * message without octets expects what can't be. Undefined when it does not say. Rejects with StoreError.
 */
export async function lastSequence(link: Link, subject: string): Promise<number | undefined> {
  const heads = headers();
  heads.set("Nats-Expected-Last-Subject-Sequence", NEVER);
  try {
    await link.persist(async (left) => readAnswer(await dataOf(link.request(subject, new Uint8Array(), heads, left))));
    return undefined;
  } catch (error) {
    if (!isWrong(error)) throw natsError(link.where, error);
    const said = /: (?<last>\d+)$/.exec(error.message)?.groups?.last;
    return said === undefined ? undefined : Number(said);
  }
}

function isWrong(error: unknown): error is ApiError {
  return error instanceof ApiError && [WRONG_SEQUENCE, WRONG_SEQUENCE_UNKNOWN].includes(error.code);
}

async function dataOf(answer: Promise<Answer>): Promise<Uint8Array> {
  return (await answer).data;
}

async function searched({ find }: Publication): Promise<number | undefined> {
  try {
    return await find?.();
  } catch {
    // Not known, then: what went wrong first is told.
    return undefined;
  }
}

function headersOf(publication: Publication): MsgHdrs {
  const heads = headers();
  heads.set(MESSAGE_ID, publication.id);
  if (publication.expected !== undefined) {
    heads.set("Nats-Expected-Last-Subject-Sequence", String(publication.expected));
  }
  for (const [name, value] of Object.entries(publication.headers ?? {})) heads.set(name, value);
  return heads;
}
