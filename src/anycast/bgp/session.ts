/**
 * A session as a state machine (RFC 4271 §8), without sockets and clocks: what has happened goes in, what to send and do
 * comes out. We only ever dial: nobody dials us, so there are no collisions of our making (§6.8).
 */

import { keepalive, type Message, MessageType, refreshedFamily } from "./message.ts";
import {
  Code,
  fault,
  isFault,
  type Notification,
  notificationOctets,
  readNotification,
  shutdown,
} from "./notification.ts";
import { type Family, type Open, openOctets, readOpen } from "./open.ts";
import { type Reach, readUpdate } from "./reach.ts";
import { refuseOpen } from "./refuse.ts";
import { ended, garbled, lost, silent, type Terms, unreachable } from "./why.ts";

/** "idle" waits to dial again; "ended" does nothing any more. */
export type Phase = "idle" | "connecting" | "open-sent" | "open-confirm" | "established" | "ended";

export interface Session {
  readonly phase: Phase;
  /** When the phase ends by itself: dial, give up connecting, nothing heard for the hold time. Infinity is never. */
  readonly until: number;
  /** When the next KEEPALIVE is due. */
  readonly keepalive: number;
  /** Milliseconds, as agreed. */
  readonly hold: number;
  /** When it was established. */
  readonly since: number;
  /** Failures in a row, and how many of them the back-off counts: a session that did not last does not reset it. */
  readonly tries: number;
  readonly backoff: number;
  /** Of the neighbour. */
  readonly families: readonly Family[];
  /** Why it is down. */
  readonly why: string | undefined;
}

export type Event =
  | { readonly kind: "start" | "connected" | "tick" | "stop" }
  /** The connection has failed or ended; without a code it was closed in good order. */
  | { readonly kind: "lost"; readonly code: string | undefined }
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "garbled"; readonly notification: Notification };

/** Milliseconds from any start that never jumps, and a number from 0 to 1. */
export interface Instant {
  readonly now: number;
  readonly random: number;
}

export interface Outcome {
  readonly session: Session;
  readonly send: readonly Uint8Array[];
  /** A connection is to be made, or to be ended once all is sent. */
  readonly connection?: "dial" | "end";
  /** What the neighbour has told of our prefixes. */
  readonly reach?: Reach;
  /** All routes of the family are to be sent again. */
  readonly refresh?: Family;
}

/** What a connection, and then an OPEN, may take. */
const CONNECT = 5000;
const OPEN_WAIT = 10_000;
/** First wait after a failure, doubled by each that follows. A daemon that restarts is back within a second. */
const FIRST_WAIT = 250;
/** A session that lasted so long was a good one: the next failure is a first one. */
const LASTING = 10_000;

export function idleSession(): Session {
  return {
    phase: "idle",
    until: Number.POSITIVE_INFINITY,
    keepalive: Number.POSITIVE_INFINITY,
    hold: 0,
    since: 0,
    tries: 0,
    backoff: 0,
    families: [],
    why: undefined,
  };
}

/** One step. Never throws, whatever has come. */
export function step(terms: Terms, session: Session, event: Event, at: Instant): Outcome {
  if (session.phase === "ended") return { session, send: [] };
  switch (event.kind) {
    case "start":
      return session.phase === "idle" ? dial(session, at) : { session, send: [] };
    case "stop":
      return stop(session);
    case "connected":
      return session.phase === "connecting" ? greet(terms, session, at) : { session, send: [] };
    case "lost":
      if (session.phase === "idle") return { session, send: [] };
      return fail(
        terms,
        session,
        session.phase === "connecting" ? unreachable(terms, event.code) : lost(terms, session.phase),
        at,
      );
    case "garbled":
      return refuse(terms, session, event.notification, garbled(terms, event.notification), at);
    case "tick":
      return tick(terms, session, at);
    case "message":
      return receive(terms, session, event.message, at);
  }
}

/** When the next tick is due. */
export function deadline({ until, keepalive }: Session): number {
  return Math.min(until, keepalive);
}

/** What is to be known of a session that is up by whoever goes on with it. Goes through JSON. */
export interface SessionLegacy {
  /** Milliseconds, as agreed, and since it was established. */
  readonly hold: number;
  readonly age: number;
  readonly families: readonly Family[];
}

export function sessionLegacy({ hold, since, families }: Session, now: number): SessionLegacy {
  return { hold, age: now - since, families };
}

/** The session goes on here. The neighbour has the whole hold time, and is to hear of us at once. */
export function inheritedSession({ hold, age, families }: SessionLegacy, now: number): Session {
  const due = { until: now + hold, keepalive: now };
  return { ...idleSession(), phase: "established", ...due, hold, since: now - age, families };
}

/** Nothing is read: whether the neighbour is silent can't be said. */
export function unheard(session: Session): Session {
  return { ...session, until: Number.POSITIVE_INFINITY };
}

/** It is read again. */
export function heardAgain(session: Session, now: number): Session {
  return { ...session, until: now + session.hold };
}

function dial(session: Session, { now }: Instant): Outcome {
  return { session: { ...session, phase: "connecting", until: now + CONNECT }, send: [], connection: "dial" };
}

function stop(session: Session): Outcome {
  const over: Session = { ...idleSession(), phase: "ended", tries: session.tries, why: session.why };
  if (session.phase === "idle") return { session: over, send: [] };
  const send = session.phase === "connecting" ? [] : [notificationOctets(shutdown("zonecast stops"))];
  return { session: over, send, connection: "end" };
}

function greet(terms: Terms, session: Session, { now }: Instant): Outcome {
  const { as, hold, routerId: id, families } = terms;
  const open = openOctets({ as, hold, id, families, fourOctetAs: true, routeRefresh: true });
  return { session: { ...session, phase: "open-sent", until: now + OPEN_WAIT }, send: [open] };
}

function tick(terms: Terms, session: Session, at: Instant): Outcome {
  if (at.now >= session.until) {
    if (session.phase === "idle") return dial(session, at);
    const why =
      session.phase === "connecting" ? unreachable(terms, "ETIMEDOUT") : silent(terms, session.phase, session.hold);
    const send = session.phase === "connecting" ? [] : [notificationOctets(fault(Code.HoldTimer, 0))];
    return { ...fail(terms, session, why, at), send };
  }
  if (at.now < session.keepalive) return { session, send: [] };
  return { session: { ...session, keepalive: at.now + session.hold / 3 }, send: [keepalive()] };
}

function receive(terms: Terms, session: Session, { type, body }: Message, at: Instant): Outcome {
  if (type === MessageType.Notification) {
    return fail(terms, session, ended(terms, readNotification(body), session.phase), at);
  }
  switch (session.phase) {
    case "open-sent":
      return type === MessageType.Open ? opened(terms, session, readOpen(body), at) : unexpected(terms, session, at);
    case "open-confirm":
      return type === MessageType.Keepalive ? established(session, at) : unexpected(terms, session, at);
    case "established":
      return heard(terms, { ...session, until: at.now + session.hold }, { type, body }, at);
    default:
      return { session, send: [] };
  }
}

function opened(terms: Terms, session: Session, open: Open | Notification, at: Instant): Outcome {
  if (isFault(open)) return refuse(terms, session, open, garbled(terms, open), at);
  const refusal = refuseOpen(terms, open);
  if (refusal) return refuse(terms, session, refusal.notification, refusal.why, at);
  const hold = Math.min(terms.hold, open.hold) * 1000;
  const agreed = { hold, families: open.families, until: at.now + hold, keepalive: at.now + hold / 3 };
  return { session: { ...session, ...agreed, phase: "open-confirm" }, send: [keepalive()] };
}

function established(session: Session, { now }: Instant): Outcome {
  const up: Session = {
    ...session,
    phase: "established",
    since: now,
    until: now + session.hold,
    tries: 0,
    why: undefined,
  };
  return { session: up, send: [] };
}

function heard(terms: Terms, session: Session, { type, body }: Message, at: Instant): Outcome {
  if (type === MessageType.Keepalive) return { session, send: [] };
  if (type === MessageType.RouteRefresh) {
    const refresh = refreshedFamily(body);
    return refresh === undefined ? { session, send: [] } : { session, send: [], refresh };
  }
  if (type !== MessageType.Update) return unexpected(terms, session, at);
  const reach = readUpdate(body, terms.own);
  return isFault(reach) ? refuse(terms, session, reach, garbled(terms, reach), at) : { session, send: [], reach };
}

/** RFC 6608: which message was not expected is told by the state that it came in. */
const UNEXPECTED: Readonly<Partial<Record<Phase, number>>> = { "open-sent": 1, "open-confirm": 2, established: 3 };

function unexpected(terms: Terms, session: Session, at: Instant): Outcome {
  const notification = fault(Code.Fsm, UNEXPECTED[session.phase] ?? 0);
  return refuse(terms, session, notification, garbled(terms, notification), at);
}

/** Ends the session, and says to the neighbour why. */
function refuse(terms: Terms, session: Session, notification: Notification, why: string, at: Instant): Outcome {
  return { ...fail(terms, session, why, at), send: [notificationOctets(notification)] };
}

function fail({ patience }: Terms, session: Session, why: string, { now, random }: Instant): Outcome {
  const lasted = session.phase === "established" && now - session.since >= LASTING;
  const backoff = lasted ? 0 : session.backoff;
  // RFC 4271 §10: "The amount of jitter … is determined by multiplying the base value of the appropriate timer by a
  // random factor, which is uniformly distributed in the range from 0.75 to 1.0."
  const wait = Math.min(patience, FIRST_WAIT * 2 ** backoff) * (0.75 + random / 4);
  const failed = { until: now + wait, tries: session.tries + 1, backoff: Math.min(backoff + 1, 10), why };
  return { session: { ...idleSession(), ...failed }, send: [], connection: "end" };
}
