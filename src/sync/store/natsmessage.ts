/** A message of a stream, and how one is read by its subject or its sequence. */

import { type Msg, type MsgHdrs, MsgHdrsImpl } from "@nats-io/transport-node";
import { ApiError, NO_MESSAGE, natsError } from "./natserror.ts";
import { GIVE_UP, type Link } from "./natslink.ts";
import { markOf } from "./natsrevision.ts";
import { StoreError } from "./store.ts";

/** By the same id a message that is sent again is stored once. */
export const MESSAGE_ID = "Nats-Msg-Id";

export interface Message {
  readonly subject: string;
  readonly seq: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

/** The mark that tells a message from another one with its sequence. */
export function markIn({ headers }: Message): number {
  return markOf(headers?.get(MESSAGE_ID) ?? "");
}

/** What a consumer delivers, with how many more there are; undefined when it is no message of a stream. */
export function delivered(message: Msg): { readonly message: Message; readonly pending: number } | undefined {
  // $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<ns>.<pending>, or with domain and account before.
  const tokens = message.reply?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const at = tokens.length > 9 ? 7 : 5;
  return {
    pending: Number(tokens[at + 3]),
    message: {
      subject: message.subject,
      seq: Number(tokens[at]),
      at: Math.floor(Number(tokens[at + 2]) / 1e6),
      headers: message.headers,
      data: message.data,
    },
  };
}

/**
 * The message with a sequence, or the last one of a subject, from the stream's leader: a replica that any direct get may
 * meet can be behind. Undefined when there is none. Rejects with StoreError.
 */
export async function readMessage(
  link: Link,
  stream: string,
  which: { readonly seq: number } | { readonly last_by_subj: string },
  within: number = GIVE_UP,
): Promise<Message | undefined> {
  try {
    const { message } = await link.api<StoredMessage>(`STREAM.MSG.GET.${stream}`, which, within);
    return {
      subject: message.subject,
      seq: message.seq,
      at: Math.floor(Date.parse(message.time)),
      headers: message.hdrs === undefined ? undefined : MsgHdrsImpl.decode(Buffer.from(message.hdrs, "base64")),
      data: Buffer.from(message.data ?? "", "base64"),
    };
  } catch (error) {
    if (error instanceof ApiError && error.code === NO_MESSAGE) return undefined;
    throw natsError(link.where, error);
  }
}

/** The last message of a subject, from any replica: for what never changes. Undefined when it has none. */
export async function getDirect(link: Link, stream: string, subject: string): Promise<Uint8Array | undefined> {
  const asked = `$JS.API.DIRECT.GET.${stream}.${subject}`;
  const answer = await link.persist((left) => link.request(asked, new Uint8Array(), undefined, left));
  const status = answer.headers?.code ?? 0;
  if (status === 0) return answer.data;
  if (status === 404) return undefined;
  throw new StoreError("broken", `the store at ${link.where} answers ${status} ${answer.headers?.description ?? ""}`);
}

interface StoredMessage {
  readonly message: {
    readonly subject: string;
    readonly seq: number;
    readonly time: string;
    readonly hdrs?: string;
    readonly data?: string;
  };
}

/** What STREAM.INFO says that matters here. */
export interface StreamState {
  /** When the stream was made; of a mirror, when its origin was: both have the same sequences. */
  readonly epoch: string;
  readonly mirror: boolean;
  /** A mirror that does not hear from its origin, and one that is behind it, or may be for that reason. */
  readonly cutOff: boolean;
  readonly catchingUp: boolean;
  readonly last: number;
  /** Messages that are kept, and subjects that they have; 0 when the server does not say. */
  readonly messages: number;
  readonly subjects: number;
  readonly history: number;
}

/** The state of a stream. Rejects with StoreError. */
export async function streamState(link: Link, stream: string, within: number = GIVE_UP): Promise<StreamState> {
  try {
    const info = await link.api<StreamInfo>(`STREAM.INFO.${stream}`, {}, within);
    const { config, mirror } = info;
    const cutOff = mirror !== undefined && (mirror.active < 0 || mirror.active > UNHEARD);
    return {
      epoch: (config.mirror && originOf(config)) ?? info.created,
      mirror: config.mirror !== undefined,
      cutOff,
      catchingUp: cutOff || (mirror?.lag ?? 0) > 0,
      last: info.state.last_seq,
      messages: info.state.messages,
      subjects: info.state.num_subjects ?? 0,
      history: config.max_msgs_per_subject,
    };
  } catch (error) {
    throw natsError(link.where, error);
  }
}

/** Nanoseconds after which a mirror that has heard nothing of its origin is cut off from it; it hears every second. */
const UNHEARD = 10e9;
const ORIGIN = "mirror of a stream made ";

/** What a mirror keeps of its origin: servers before 2.10 have no other place for it than the description. */
export function originText(made: string): string {
  return ORIGIN + made;
}

/** When the origin of a mirror was made; undefined when it was not zonecast that made the mirror. */
export function originOf({ description = "" }: { readonly description?: string }): string | undefined {
  return description.startsWith(ORIGIN) ? description.slice(ORIGIN.length) : undefined;
}

/** What STREAM.INFO says, as far as it is used. */
export interface StreamInfo {
  readonly created: string;
  readonly config: {
    readonly name: string;
    readonly discard: string;
    readonly deny_delete: boolean;
    readonly max_msgs_per_subject: number;
    readonly mirror?: object;
    readonly description?: string;
  };
  /** Of a mirror: messages that are to come, and nanoseconds since it heard from its origin; -1 for never. */
  readonly mirror?: { readonly lag: number; readonly active: number };
  readonly state: {
    readonly messages: number;
    readonly first_seq: number;
    readonly last_seq: number;
    readonly num_subjects?: number;
  };
}
