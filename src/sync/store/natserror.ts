/** Errors of NATS as StoreError: a sentence that names the host and says what to do, never a secret. */

import {
  AuthorizationError,
  NoRespondersError,
  PermissionViolationError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";
import { errorCode } from "../../text/systemerror.ts";
import { rightFor } from "./natsrights.ts";
import { prefixOf, REPORTS, STREAMS } from "./natssubjects.ts";
import { StoreError } from "./store.ts";

/** An answer of JetStream that says what it could not do. `code`: its own number for it. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, status: number, description: string) {
    super(description);
    this.code = code;
    this.status = status;
  }
}

/** The last message of the subject is not the expected one. */
export const WRONG_SEQUENCE = 10071;
/** The same, where a cluster has another message of the subject under way (2.11 and later). */
export const WRONG_SEQUENCE_UNKNOWN = 10164;
export const NO_MESSAGE = 10037;
export const STREAM_NOT_FOUND: number = 10059;
const NOT_ENABLED: readonly number[] = [10039, 10076];
/** Insufficient resources, storage, or the account's share; a stream's own limits (10077) say so in words. */
const FULL: readonly number[] = [10002, 10023, 10028, 10047];
const STORE_FAILED = 10077;
const FULL_WORDS = /maximum (?:bytes|messages)|insufficient|no space|resource limits? exceeded|storage/i;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there: see that nats-server runs, and that host and port are right",
  ENOTFOUND: "this host is not known: look at the name",
  EAI_AGAIN: "its name can't be resolved now",
  EHOSTUNREACH: "no route leads there",
  ENETUNREACH: "no route leads there",
  ECONNRESET: "it broke the connection",
  EPIPE: "it broke the connection",
  ETIMEDOUT: "it does not answer",
};

/** What became of an operation, as a StoreError. */
export function natsError(where: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const cause = rootOf(error);
  if (cause instanceof PermissionViolationError) return violation(where, cause);
  if (cause instanceof ApiError) return apiError(where, cause);
  if (cause instanceof NoRespondersError) return unheard(where, cause.subject);
  return new StoreError(isRefusal(cause) ? "denied" : "lost", `the store at ${where} ${whyLost(cause)}`);
}

/** True for an error that another try may mend: nothing was said about what was asked. */
export function isPassing(error: unknown): boolean {
  const cause = rootOf(error);
  if (cause instanceof StoreError) return cause.kind === "lost";
  // A cluster that has no leader for the stream at this moment says 503; so does a server that is just starting.
  if (cause instanceof ApiError)
    return cause.code === 10008 || (cause.status === 503 && !FULL_WORDS.test(cause.message));
  return !(cause instanceof PermissionViolationError) && !isRefusal(cause);
}

/** True when connecting fails for what waiting does not mend: the credential, or certificates. */
export function isHopeless(error: unknown): boolean {
  const cause = rootOf(error);
  return isRefusal(cause) || whyNotTls(errorCode(cause), cause) !== undefined;
}

/** Why connecting fails, after "the store at HOST …". */
export function whyLost(error: unknown): string {
  const cause = rootOf(error);
  if (isRefusal(cause)) {
    return "refuses this credential: look at the file that --credentials names, and at the user in nats-server";
  }
  const code = errorCode(cause);
  const tls = whyNotTls(code, cause);
  if (tls !== undefined) return tls;
  if (cause instanceof TimeoutError || code === "ETIMEDOUT") return "is not reached in time: it does not answer";
  return `is not reached: ${REASONS[code] ?? "the connection was lost"}`;
}

function whyNotTls(code: string, cause: unknown): string | undefined {
  const text = cause instanceof Error ? cause.message : "";
  if (/^(?:SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_)/.test(code)) {
    return `shows a certificate that is not trusted here (${code}): name its authority's file in store.tls.ca`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "shows a certificate of another host: look at the host's name";
  if (/does not support 'tls'/.test(text)) return "does not speak TLS: enable it in nats-server, or use nats://";
  if (/^ERR_SSL|alert|EPROTO/.test(code + text)) {
    return "ends the TLS handshake: it may want a certificate of ours (store.tls.cert, store.tls.key)";
  }
  return undefined;
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof AuthorizationError || cause instanceof UserAuthenticationExpiredError;
}

/**
 * The same of reading what a store has not had from the beginning: one that was made before it, or a mirror of then, has
 * no stream for it. `what`: "orders".
 */
export function readError(where: string, what: string, error: unknown): StoreError {
  const said = natsError(where, error);
  if (said.kind !== "missing") return said;
  const text = `the store at ${where} keeps no ${what} yet: run zonecast store init once more, on a leaf node with --mirror`;
  return new StoreError("missing", text);
}

/** Nobody has subscribed to the subject. On a leaf node those of the hub are gone while it is not reached. */
function unheard(where: string, subject: string): StoreError {
  if (subject.startsWith(prefixOf(REPORTS))) {
    const text = `nobody takes reports at ${where}: it is a leaf node whose hub is not reached, or no store was made yet`;
    return new StoreError("lost", text);
  }
  if (STREAMS.some((stream) => subject.startsWith(prefixOf(stream)))) {
    const text = `there is no store at ${where} to write to: a leaf node only mirrors one, so name its hub; or make it, or bring it up to date, with zonecast store init`;
    return new StoreError("missing", text);
  }
  const text = `there is no store at ${where}: JetStream does not answer; enable it in nats-server`;
  return new StoreError("missing", text);
}

function violation(where: string, { operation, subject }: PermissionViolationError): StoreError {
  const may = operation === "subscription" ? `subscribe to ${subject}` : rightFor(subject);
  const right = `${operation === "subscription" ? "subscribe" : "publish"} ${subject}`;
  const text = `this credential may not ${may} at ${where}: use another, or give its user the right to ${right}`;
  return new StoreError("denied", text);
}

function apiError(where: string, error: ApiError): StoreError {
  if (error.code === STREAM_NOT_FOUND) {
    return new StoreError("missing", `there is no store at ${where}: make it with zonecast store init`);
  }
  if (NOT_ENABLED.includes(error.code)) {
    return new StoreError("missing", `there is no store at ${where}: JetStream is not enabled there for this account`);
  }
  if (FULL.includes(error.code) || (error.code === STORE_FAILED && FULL_WORDS.test(error.message))) {
    const what = "free disk there, raise JetStream's limits, or run zonecast store collect";
    return new StoreError("full", `the store at ${where} has no room (${error.message}): ${what}`);
  }
  if (error.status === 503 || error.code === 10008) {
    return new StoreError("lost", `the store at ${where} is not ready (${error.message}): try again`);
  }
  return new StoreError("broken", `the store at ${where} answers: ${error.message} (${error.code})`);
}

/** What lies at the bottom of an error that carries its cause. */
function rootOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error && !(cause instanceof StoreError)) {
    if (cause instanceof PermissionViolationError || cause instanceof ApiError) break;
    cause = cause.cause;
  }
  return cause;
}
