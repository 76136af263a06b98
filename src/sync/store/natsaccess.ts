/** Where a NATS store is and with which credential: from what people write to options of the client, without secrets in sight. */

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  nkeyAuthenticator,
  type TlsOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { whyNot } from "../../text/systemerror.ts";
import { inboxPrefix } from "./natssubjects.ts";
import type { StoreAccess } from "./open.ts";
import { shownFile, withoutUser } from "./shown.ts";
import { StoreError } from "./store.ts";

/** A place to connect to. */
export interface NatsPlace {
  /** For logs and messages: what was given, without user, password and token. */
  readonly where: string;
  /** By WebSocket. */
  readonly web: boolean;
  /** One of a thousand POPs, which must not all connect at once, and have time; a verb's requests wait for seconds only. */
  readonly patient: boolean;
  readonly options: ConnectionOptions;
}

/** Milliseconds between pings; two without an answer mean that the connection is dead (the client's own is 2 minutes). */
const PING = 2000;
/** How long connecting to one server may take. */
const DIAL = 4000;

/**
 * Reads "nats://host:4222", or several of a cluster with commas between them, and the files of the credential.
 * Throws StoreError "denied" for a credential that can't be read or used.
 */
export function natsPlace(where: string, access: StoreAccess): NatsPlace {
  const urls = where.split(",").map((url) => url.trim());
  const bare = urls.map(withoutUser);
  const authenticator = access.credentials === undefined ? fromUrl(urls[0]) : fromFile(access.credentials);
  const tls = tlsOptions(access, bare);
  return {
    where: bare.join(","),
    web: /^wss?:/.test(where),
    patient: access.patience === "pop",
    options: {
      servers: bare,
      name: access.pop === undefined ? "zonecast" : `zonecast POP ${access.pop}`,
      inboxPrefix: inboxPrefix(access.pop),
      ...(authenticator === undefined ? {} : { authenticator }),
      ...(tls === undefined ? {} : { tls }),
      timeout: DIAL,
      pingInterval: PING,
      maxPingOut: 2,
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
    },
  };
}

/** user:password@ or token@ of a URL. */
function fromUrl(url: string): Authenticator | undefined {
  const user = /^[a-z]+:\/\/(?<user>.*)@/s.exec(url)?.groups?.user;
  if (user === undefined) return undefined;
  const colon = user.indexOf(":");
  if (colon < 0) return tokenAuthenticator(decoded(user));
  return usernamePasswordAuthenticator(decoded(user.slice(0, colon)), decoded(user.slice(colon + 1)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An nkey seed, a .creds file, or "user:password". What can't be used is not repeated in the message. */
function fromFile(file: string): Authenticator {
  const text = read(file).trim();
  if (/-----BEGIN NATS USER JWT-----/.test(text)) return tried(file, credsAuthenticator(Buffer.from(`${text}\n`)));
  const seed = text.split(/\s+/).find((word) => /^SU[A-Z2-7]{50,}$/.test(word));
  if (seed !== undefined) return tried(file, nkeyAuthenticator(Buffer.from(seed)));
  const colon = text.indexOf(":");
  if (colon > 0 && !/\s/.test(text)) {
    return usernamePasswordAuthenticator(text.slice(0, colon), text.slice(colon + 1));
  }
  throw unusable(file);
}

/** Signs once, so that a damaged seed is found before a server refuses it. */
function tried(file: string, authenticator: Authenticator): Authenticator {
  try {
    authenticator("nonce");
  } catch {
    throw unusable(file);
  }
  return authenticator;
}

function unusable(file: string): StoreError {
  const text = `${file} holds no credential for NATS: expected an nkey seed (SU…), a .creds file, or user:password`;
  return new StoreError("denied", text);
}

function tlsOptions({ tls }: StoreAccess, urls: readonly string[]): TlsOptions | undefined {
  const demanded = urls.some((url) => /^(?:tls|wss):/.test(url));
  if (!demanded && tls.ca === undefined && tls.cert === undefined && tls.key === undefined) return undefined;
  const options = {
    ...(tls.ca === undefined ? {} : { ca: read(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: read(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: read(tls.key) }),
    checkServerIdentity: identityCheck(urls),
  };
  return options;
}

/**
 * The client does not pass on an address to which it connects, only a name, and Node then takes "localhost". A server
 * that was given by its address must show a certificate for one of those that were given.
 */
function identityCheck(urls: readonly string[]): (host: string, certificate: PeerCertificate) => Error | undefined {
  const hosts = urls.map((url) => /^(?:[a-z]+:\/\/)?(?:\[(?<six>.*)\]|(?<host>[^:]*))/.exec(url)?.groups ?? {});
  const names = hosts.map(({ six, host }) => six ?? host ?? "");
  const addresses = names.filter((name) => isIP(name) !== 0);
  return (host, certificate) => {
    if (host !== "localhost" || names.includes(host)) return checkServerIdentity(host, certificate);
    const errors = addresses.map((address) => checkServerIdentity(address, certificate));
    return errors.includes(undefined) ? undefined : (errors[0] ?? checkServerIdentity(host, certificate));
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new StoreError("denied", `${shownFile(file)}: ${whyNot("read", error)}`);
  }
}
