/** Why a session is down, as sentences that say what to do. */

import type { Prefix } from "../../text/prefix.ts";
import { Cease, Code, communication, type Notification, notificationName } from "./notification.ts";
import type { Family } from "./open.ts";

/** What a session is to be. */
export interface Terms {
  /** The neighbour, as ADDR@PORT. */
  readonly name: string;
  readonly as: number;
  readonly peerAs: number;
  readonly routerId: string;
  /** Seconds. */
  readonly hold: number;
  /** Those of our prefixes. */
  readonly families: readonly Family[];
  /** All that we may announce. */
  readonly own: readonly Prefix[];
  /** TCP MD5 or GTSM are in use. */
  readonly secured: boolean;
  /** Milliseconds between two tries to connect, at most. */
  readonly patience: number;
}

const CORRECT = "or correct anycast.bgp.neighbours";

/** A connection that could not be made. */
export function unreachable({ name, secured }: Terms, code: string | undefined): string {
  switch (code) {
    case "ECONNREFUSED":
      return `no BGP daemon listens on ${name}: start it, enable the session there, ${CORRECT}`;
    case "ETIMEDOUT":
      // With a signature, a refusal looks like this too: it comes unsigned, and the kernel drops it (RFC 2385 §4.1).
      return secured
        ? `${name} does not answer: it does not run, its password (TCP MD5) or TTL security differs from ours, or a firewall is between`
        : `${name} does not answer: it demands a password (TCP MD5) or TTL security, or a firewall is between`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `there is no way to ${name}: see "ip route get", ${CORRECT}`;
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return `this machine has no address to reach ${name} from: see "ip address", ${CORRECT}`;
    case "EACCES":
    case "EPERM":
      return `this machine's firewall forbids a connection to ${name}: let it through`;
    case "ECONNRESET":
    case undefined:
      return `${name} closed the connection at once: does it have us as a neighbour, and is the session enabled there?`;
    default:
      return `can't connect to ${name}: ${code}`;
  }
}

/** A connection that has ended without a NOTIFICATION. */
export function lost({ name, as }: Terms, phase: string): string {
  return phase === "established"
    ? `${name} is gone: the connection was closed without a word; its daemon has ended, or restarts`
    : `${name} closed the connection before the session was up: does it have us as a neighbour, with AS ${as}, is the session enabled there, and does no other process have it?`;
}

/** A neighbour that says nothing. */
export function silent({ name }: Terms, phase: string, hold: number): string {
  return phase === "open-sent"
    ? `${name} takes connections, but says nothing: it hangs, is no BGP daemon, or has another TTL security than ours (hops)`
    : `${name} has said nothing for the hold time of ${hold / 1000} s: it hangs, or packets are lost`;
}

/** What has come is not as the protocol has it. */
export function garbled({ name }: Terms, notification: Notification): string {
  return notification.code === Code.Header
    ? `${name} sent what is no BGP message (${notificationName(notification)}): is it a BGP daemon?`
    : `${name} sent a message that we do not take: ${notificationName(notification)}; see its log`;
}

/** A NOTIFICATION that has come. */
export function ended(terms: Terms, notification: Notification, phase: string): string {
  const said = communication(notification);
  return `${reason(terms, notification, phase)}${said === undefined ? "" : `; it says: "${said}"`}`;
}

function reason(terms: Terms, notification: Notification, phase: string): string {
  const { name, as, routerId, hold } = terms;
  switch (notification.code) {
    case Code.Open:
      return openReason(terms, notification);
    case Code.HoldTimer:
      return `${name} had heard nothing of us for the hold time: this process was stopped or too busy, or packets are lost`;
    case Code.Cease:
      return ceaseReason(terms, notification, phase);
    default:
      return `${name} ended the session of AS ${as}, router id ${routerId}, hold time ${hold} s: ${notificationName(notification)}; see its log`;
  }
}

function openReason({ name, as, peerAs, routerId, hold }: Terms, notification: Notification): string {
  switch (notification.subcode) {
    case 2:
      return `${name} does not expect AS ${as} (anycast.as) of us: give it this AS for us as a neighbour, or correct ours; it is to be AS ${peerAs} itself`;
    case 3:
      return `${name} does not take our router id ${routerId}, it has the same: set anycast.bgp.router-id to another`;
    case 6:
      return `${name} does not take a hold time of ${hold} s: change anycast.bgp.hold, or what it takes`;
    default:
      return `${name} refuses the session: ${notificationName(notification)}; see its log`;
  }
}

function ceaseReason({ name }: Terms, notification: Notification, phase: string): string {
  switch (notification.subcode) {
    case Cease.MaxPrefixes:
      return `${name} got more prefixes than it takes: raise its limit for us (BIRD: import limit)`;
    case Cease.Shutdown:
      return `${name} has shut the session down: enable it there (birdc enable)`;
    case Cease.Deconfigured:
      return `${name} no longer has us as a neighbour: configure us there`;
    case Cease.Reset:
      return `${name} has reset the session: it is tried again`;
    case Cease.Rejected:
    case Cease.Collision:
      return phase === "established"
        ? `${name} has ended this session for another one with us: does a second process announce from here?`
        : `${name} does not take the session: it is disabled there, or another process has one`;
    default:
      return `${name} ended the session: ${notificationName(notification)}; see its log`;
  }
}
