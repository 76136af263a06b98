/**
 * What two processes say to each other while one takes the other's place: lines of JSON over the control socket, once the
 * new one has asked for that with an upgrade of HTTP (RFC 9110 §7.8).
 */

import type { Duplex } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** The protocol's name in the upgrade. */
export const PROTOCOL = "zonecast-replace";
/** Where it is asked for; `pop`, `pid`, `version` and `managed` of the new one are in the query. */
export const PLACE = "/replace";

/** Of the old one. */
export type OldWord =
  /** It is to be replaced by nobody else meanwhile, and goes on serving. Secrets of cookies are in base64. */
  | {
      readonly say: "welcome";
      readonly pid: number;
      readonly version: string;
      readonly secrets: readonly string[];
      /** Milliseconds that its routes may take to leave. */
      readonly leaving: number;
      readonly watchdog?: string | undefined;
    }
  /** It serves zones that the new one can't: it goes on. */
  | { readonly say: "unfit"; readonly zones: readonly string[] }
  /** It takes nothing new any more, and has let go of its files and places. */
  | { readonly say: "over" };

/** Of the new one: it serves all but the zones that failed to load, and the old one is to give way. */
export interface NewWord {
  readonly say: "ready";
  readonly failed: readonly string[];
}

/** Octets of a line, at most. */
const LINE_MOST = 16 << 20;

/** Says something. */
export function say(socket: Duplex, word: OldWord | NewWord): void {
  if (socket.writable) socket.write(`${JSON.stringify(word)}\n`);
}

/** Listens; a line that can't be read ends the connection. */
export function listen<Word extends { readonly say: string }>(
  socket: Duplex,
  head: Uint8Array,
  each: (word: Word) => void,
): void {
  const decoder = new StringDecoder();
  let text = "";
  const take = (part: Uint8Array) => {
    text += decoder.write(Buffer.from(part));
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    try {
      if (text.length > LINE_MOST) throw new RangeError("too long");
      for (const line of lines) each(JSON.parse(line) as Word);
    } catch {
      socket.destroy();
    }
  };
  take(head);
  socket.on("data", take);
  socket.on("error", () => {});
  // A server's sockets stay half open: the end of the other process would not be seen.
  socket.on("end", () => socket.destroy());
}
