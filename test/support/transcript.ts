/**
 * Transcripts: text files of commands to a server and what it answers.
 *
 *   # RFC 1034 §4.3.2: comments say which rule is shown
 *   zone example.                 a zone, its master file indented below; `zone example. failed` never loaded
 *   include zones/nsec.example.zone
 *   server payload=4096           settings; `server loading` is a server still reading its zones
 *   dig www.example. A +dnssec    a query; the lines up to the next blank one are the reply
 *   raw 12340000…                 any octets
 *
 * `replay` runs the commands and puts the replies where they belong, so the file is right when nothing changes.
 */

import type { Zone } from "../../src/zone/image.ts";
import { checkReply, checkRrsets } from "./invariants.ts";
import { decode, type Message } from "./message.ts";
import { printMessage } from "./print.ts";
import { fromHex, keyAndValue, type Query, queryFromText, transportOf } from "./query.ts";
import { addressFromText, DEFAULTS, makeServer, NOW, type Server, zoneFromFile, zoneFromText } from "./server.ts";

const MAX_MESSAGE = 65535;
const MIN_UDP = 512;

/** Runs a transcript's commands and returns its text with the replies they get. A reply that breaks a rule is a line BROKEN. */
export function replay(text: string, file: string): string {
  const lines = text.split("\n");
  const session = new Session(file);
  const out: string[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i++];
    out.push(line);
    const [command, rest] = split(line);
    const block = lines.slice(i, blockEnd(lines, i));
    if (command === "dig" || command === "raw") {
      const query = session.at(i, () => (command === "dig" ? queryFromText(rest) : rawQuery(rest)));
      out.push(...session.ask(query, command));
      i += block.length;
    } else if (command === "zone") {
      out.push(...block);
      session.at(i, () => session.zone(rest, block, i));
      i += block.length;
    } else if (command !== "" && command !== "#") session.at(i, () => session.configure(command, rest));
  }
  return out.join("\n");
}

/** Where the lines that belong to a command end: at the next blank one. */
function blockEnd(lines: readonly string[], from: number): number {
  const end = lines.indexOf("", from);
  return end < 0 ? lines.length : end;
}

function split(line: string): [string, string] {
  if (line.startsWith("#")) return ["#", ""];
  const at = line.indexOf(" ");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1).trim()];
}

function rawQuery(text: string): Query {
  const tokens = text.split(/\s+/);
  const words = new Map(tokens.filter((token) => token.startsWith("+")).map((token) => keyAndValue(token.slice(1))));
  const hex = tokens.filter((token) => !token.startsWith("+")).join("");
  return { bytes: Uint8Array.from(fromHex(hex)), transport: transportOf(words), words };
}

class Session {
  readonly #file: string;
  readonly #zones = new Map<string, Zone | undefined>();
  #options = DEFAULTS;
  #complete = true;
  #server: Server | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Does something for a line; an error says which. */
  at<T>(line: number, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw new Error(`${this.#file}:${line}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }

  /** A zone whose text stands from a line of the file on. */
  zone(words: string, text: readonly string[], line: number): void {
    const [apex, failed] = words.split(/\s+/);
    const margin = Math.min(...text.map((row) => row.length - row.trimStart().length));
    const padded = "\n".repeat(line) + text.map((row) => row.slice(margin)).join("\n");
    this.#zones.set(apex, failed === "failed" ? undefined : zoneFromText(apex, `${padded}\n`, this.#file));
    this.#server = undefined;
  }

  /** `include` adds a zone file of the repository, `server` changes settings. */
  configure(command: string, words: string): void {
    this.#server = undefined;
    if (command === "include") {
      const { apex, zone } = zoneFromFile(words);
      this.#zones.set(apex, zone);
    } else if (command === "server") this.#set(words);
    else throw new Error(`what is "${command}"?`);
  }

  #set(words: string): void {
    for (const [key, value] of words.split(/\s+/).map(keyAndValue)) {
      if (key === "loading") this.#complete = false;
      else if (key === "secrets") this.#options = { ...this.#options, secrets: value === "" ? [] : value.split(",") };
      else if (key === "identity" || key === "version") this.#options = { ...this.#options, [key]: value };
      else if (key === "payload" || key === "idle") this.#options = { ...this.#options, [key]: Number(value) };
      else throw new Error(`no setting "${key}"`);
    }
  }

  ask(query: Query, command: "dig" | "raw"): string[] {
    this.#server ??= makeServer(this.#zones, this.#options, this.#complete);
    const { words, transport } = query;
    const address = addressFromText(words.get("from") ?? "198.51.100.100");
    const asker = { transport, address, seconds: Number(words.get("at") ?? NOW) };
    const bytes = this.#server.ask(query.bytes, asker);
    if (bytes.length === 0) return ["dropped"];
    try {
      return this.#show(query, command, bytes, this.#server);
    } catch (error) {
      return [`BROKEN ${error instanceof Error ? error.message : error}`];
    }
  }

  #show(query: Query, command: "dig" | "raw", bytes: Uint8Array, server: Server): string[] {
    const { words, transport } = query;
    const reply = decode(bytes);
    const stream = transport !== "udp";
    const sent = command === "dig" ? sentOpt(query.bytes) : undefined;
    const limit = stream
      ? MAX_MESSAGE
      : Math.min(this.#options.payload, Math.max(MIN_UDP, sent?.opt?.rrclass ?? MIN_UDP));
    // What a raw query offers is not worth reading: the most the server may send is.
    checkReply(query.bytes, reply, bytes, command === "raw" && !stream ? this.#options.payload : limit, stream);
    checkRrsets(reply, server.zones, sent?.opt !== undefined && (sent.opt.ttl & 0x8000) !== 0);
    const asked = ((query.bytes[4] << 8) | query.bytes[5]) > 0;
    const size = words.has("size") ? [`SIZE        ${bytes.length}`] : [];
    return [...printMessage(reply, asked), ...size];
  }
}

/** The query as a careful reader sees it; undefined when it is malformed, as some are meant to be. */
function sentOpt(query: Uint8Array): Message | undefined {
  try {
    return decode(query);
  } catch {
    return undefined;
  }
}
