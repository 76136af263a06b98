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
      /** It announces, and can hand its routes over. */
      readonly routes?: boolean | undefined;
      readonly watchdog?: string | undefined;
    }
  /** It serves zones that the new one can't: it goes on. */
  | { readonly say: "unfit"; readonly zones: readonly string[] }
  /** Its routes (routes/estate.ts), which stand still; so many descriptors are in the box. */
  | { readonly say: "routes"; readonly estate: unknown; readonly descriptors: number }
  /** What the new one took is its own. */
  | { readonly say: "yours" }
  /** It did not say in time what it takes: the old one goes on. */
  | { readonly say: "kept" }
  /** It takes nothing new any more, and has let go of its files and places. */
  | { readonly say: "over" };

/** Of the new one. */
export type NewWord =
  /**
   * It serves all but the zones that failed to load, and the old one is to give way. `routes`: it takes routes that are
   * handed over, and descriptors at this path.
   */
  | {
      readonly say: "ready";
      readonly failed: readonly string[];
      readonly routes?: { readonly box: string } | undefined;
    }
  /** It can go on with these peers, and begins to when it hears that they are its own. */
  | ({ readonly say: "took" } & Took);

/** What a new process can take of an old one's routes, by names of peers. */
export interface Took {
  readonly peers: readonly string[];
  readonly refused: readonly { readonly peer: string; readonly why: string }[];
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
