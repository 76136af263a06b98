/**
 * Responders that give copies away. They stand around the one that answers, and only where something is tapped: without
 * a tap, nothing of this is on a query's way.
 */

import type { Listen } from "../text/listen.ts";
import type { Client } from "./client.ts";
import type { Respond } from "./respond.ts";
import { Chooser, type TapChoice } from "./tapchoice.ts";
import { RecordFlag, type TapRing } from "./tapring.ts";

/** An output's bit in each record that is for it, and what it takes. */
export interface TapOutput {
  readonly output: number;
  readonly choice: TapChoice;
}

/** Milliseconds since 1970, with their fractions. */
export type Clock = () => number;

/** No address of the server's. */
const UNKNOWN = 0xffff;

/** Copies exchanges into the ring: queries, replies, whose, and when. `listen` gives the numbers of our addresses. */
export function tapped(
  respond: Respond,
  ring: TapRing,
  outputs: readonly TapOutput[],
  listen: readonly Listen[],
  clock: Clock,
): Respond {
  const choosers = outputs.map(({ choice }) => new Chooser(choice));
  const bits = outputs.map(({ output }) => output);
  return (query, length, reply, client) => {
    let due = false;
    for (let i = 0; i < choosers.length; i++) due ||= choosers[i].due;
    // A look at the clock takes 40 ns: none where nothing can be chosen.
    const begun = due ? clock() : 0;
    const octets = respond(query, length, reply, client);
    if (octets === 0) return 0;
    let chosen = 0;
    for (let i = 0; i < choosers.length; i++) {
      if (choosers[i].choose(query, length, reply, octets, client)) chosen |= bits[i];
    }
    if (chosen === 0) return octets;
    const start = ring.reserve(chosen, length, octets);
    if (start < 0) return octets;
    const ended = clock();
    putClient(ring, start, client, listen);
    ring.setTime(start, ended, (ended - begun) * 1000);
    ring.setMessages(start, query, length, reply, octets);
    ring.publish(start);
    return octets;
  };
}

/** Puts the client of one in so many exchanges into the ring, and nothing else of it. */
export function sampled(respond: Respond, ring: TapRing, sample: number, listen: readonly Listen[]): Respond {
  let left = sample;
  return (query, length, reply, client) => {
    const octets = respond(query, length, reply, client);
    if (octets === 0 || --left > 0) return octets;
    left = sample;
    const start = ring.reserve(0, 0, 0);
    if (start < 0) return octets;
    putClient(ring, start, client, listen);
    ring.publish(start);
    return octets;
  };
}

function putClient(ring: TapRing, start: number, client: Client, listen: readonly Listen[]): void {
  const { asked } = client;
  const number = asked === undefined ? -1 : listen.indexOf(asked);
  const flags = (client.stream ? RecordFlag.STREAM : 0) | (client.encrypted ? RecordFlag.ENCRYPTED : 0);
  ring.setClient(start, client.address(), client.port?.() ?? 0, flags, number < 0 ? UNKNOWN : number);
}
