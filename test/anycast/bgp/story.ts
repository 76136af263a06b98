/**
 * Stories of a session: what the neighbour does, and what the machine makes of it. RFC 4271 §8.
 *
 *   # Comments say which rule is shown.
 *   terms as=64500 peer=64500 hold=9 families=4,6       those that differ
 *   at 2s open as=64500 hold=3        the lines up to the next blank one are what came of it until the next one
 *   then connected                    10 ms after the last line; while it waits to dial, time passes until it does
 *
 * Events: start, connected, lost [CODE], open [as= hold= id= families= two-octet], keepalive, refresh 4, update HEX,
 * notification 6/2 [text], garbled (a header that is none), stop, nothing.
 */

import { type Message, MessageType, u16 } from "../../../src/anycast/bgp/message.ts";
import { fault, notificationName, readNotification } from "../../../src/anycast/bgp/notification.ts";
import { type Family, openOctets, readOpen } from "../../../src/anycast/bgp/open.ts";
import { deadline, type Event, idleSession, step } from "../../../src/anycast/bgp/session.ts";
import { MessageStream } from "../../../src/anycast/bgp/stream.ts";
import type { Terms } from "../../../src/anycast/bgp/why.ts";
import { prefixOf } from "../announcer/wanted.ts";

const NAMES = Object.fromEntries(Object.entries(MessageType).map(([name, type]) => [type, name.toUpperCase()]));

/** "as=64500 hold=3" as a record; words without "=" are "yes". */
function wordsOf(text: string): Record<string, string> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return Object.fromEntries(words.map((word) => (word.includes("=") ? word.split("=") : [word, "yes"])));
}

function familiesOf(text: string | undefined): Family[] {
  return (text ?? "4,6").split(",").map((word) => (word === "4" ? 4 : 6));
}

function termsOf(text: string): Terms {
  const { as = "64500", peer = "64500", hold = "9", families } = wordsOf(text);
  return {
    name: "192.0.2.2@179",
    as: Number(as),
    peerAs: Number(peer),
    routerId: "192.0.2.1",
    hold: Number(hold),
    families: familiesOf(families),
    own: ["198.51.100.0/24", "2001:db8:53::/48"].map(prefixOf),
    secured: false,
    patience: 30_000,
  };
}

/** Messages in octets, as they would be read. */
export function messagesOf(octets: Uint8Array): Message[] {
  const messages: Message[] = [];
  new MessageStream().take(octets, ({ type, body }) => {
    messages.push({ type, body: body.slice() });
    return true;
  });
  return messages;
}

function say({ type, body }: Message): string {
  if (type === MessageType.Open) {
    const open = readOpen(body);
    if ("as" in open) return `OPEN as=${open.as} hold=${open.hold} id=${open.id} families=${open.families.join()}`;
  }
  if (type === MessageType.Notification) return `NOTIFICATION ${notificationName(readNotification(body))}`;
  return NAMES[type];
}

function eventOf(verb: string, rest: string): Event | undefined {
  const message = (type: Message["type"], body: ArrayLike<number>): Event => ({
    kind: "message",
    message: { type, body: Uint8Array.from(body) },
  });
  switch (verb) {
    case "start":
    case "connected":
    case "stop":
      return { kind: verb };
    case "lost":
      return { kind: "lost", code: rest || undefined };
    case "open": {
      const { as = "64500", hold = "9", id = "192.0.2.2", families, "two-octet": old } = wordsOf(rest);
      const open = { as: Number(as), hold: Number(hold), id, families: familiesOf(families) };
      return message(1, openOctets({ ...open, fourOctetAs: old === undefined, routeRefresh: true }).subarray(19));
    }
    case "keepalive":
      return message(4, []);
    case "refresh":
      return message(5, [...u16(rest === "4" ? 1 : 2), 0, 1]);
    case "update":
      return message(2, Buffer.from(rest, "hex"));
    case "notification": {
      const [, code, subcode, text] = /^(\d+)\/(\d+) ?(.*)$/.exec(rest) ?? [];
      const said = Buffer.from(text);
      return message(3, [Number(code), Number(subcode), ...(said.length > 0 ? [said.length, ...said] : [])]);
    }
    case "garbled":
      return { kind: "garbled", notification: fault(1, 1) };
    case "nothing":
      return undefined;
    default:
      throw new Error(`no such event: ${verb}`);
  }
}

class Teller {
  #terms = termsOf("");
  #session = idleSession();
  #phase = "";
  #why: string | undefined;
  now = 0;
  readonly out: string[] = [];

  terms(text: string): void {
    this.#terms = termsOf(text);
  }

  passUntil(end: number): void {
    for (let due = deadline(this.#session); due < end; due = deadline(this.#session)) {
      this.now = Math.max(due, this.now);
      this.take({ kind: "tick" });
    }
    this.now = end;
  }

  take(event: Event): void {
    // Jitter as it is at the most: waits are the whole ones.
    const outcome = step(this.#terms, this.#session, event, { now: this.now, random: 1 });
    this.#session = outcome.session;
    if (outcome.connection === "dial") this.#line("dials");
    for (const message of outcome.send.flatMap(messagesOf)) this.#line(`sends ${say(message)}`);
    if (outcome.reach) this.#line(`hears ${JSON.stringify(outcome.reach, (_, value) => value?.text ?? value)}`);
    if (outcome.refresh) this.#line(`sends all of IPv${outcome.refresh} again`);
    if (outcome.connection === "end") this.#line("ends the connection");
    const { phase, tries, why } = outcome.session;
    if (phase !== this.#phase) this.#line(tries > 0 ? `${phase}, ${tries} in vain` : phase);
    if (why !== this.#why && why !== undefined) this.#line(`why: ${why}`);
    this.#phase = phase;
    this.#why = why;
  }

  /** Waits until it dials, if it waits for that. */
  passUntilDialled(): void {
    if (this.#session.phase === "idle") this.passUntil(deadline(this.#session) + 1);
  }

  #line(text: string): void {
    this.out.push(`${`${(this.now / 1000).toFixed(2)}s`.padStart(9)}  ${text}`);
  }
}

/** The story with what comes of it now. */
export function retell(text: string): string {
  const teller = new Teller();
  const told: string[] = [];
  const lines = text.split("\n").filter((line) => !/^\s+\S/.test(line));
  const tell = () => told.push(...teller.out.splice(0));
  for (const line of lines) {
    const { at, verb, rest } = /^(?:at (?<at>[\d.]+)s|then) (?<verb>\S+) ?(?<rest>.*)$/.exec(line)?.groups ?? {};
    if (line.startsWith("terms ")) teller.terms(line.slice(6));
    if (verb !== undefined) {
      if (at === undefined) teller.passUntilDialled();
      teller.passUntil(at === undefined ? teller.now + 10 : Number(at) * 1000);
      // What has come of the line before stands above the blank line.
      const blank = told.splice(told.findLastIndex((one) => /^(?:at|then|\s+\S)/.test(one)) + 1);
      tell();
      told.push(...blank);
    }
    told.push(line);
    const event = verb === undefined ? undefined : eventOf(verb, rest);
    if (event) teller.take(event);
    if (verb !== undefined) tell();
  }
  return told.join("\n");
}
