/**
 * DNS over TLS (RFC 7858) as an entrance before a TCP listener: whoever gets through talks DNS over TCP, encrypted. For an
 * authoritative server that is RFC 9539: clients do not ask who we are, and any certificate is good.
 */

import { constants, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, createServer, type SecureContextOptions, type TLSSocket } from "node:tls";
import { type Counters, TlsCount } from "../answer/counters.ts";
import { type Handshake, type HandshakeLimits, Handshakes } from "./handshakes.ts";
import type { Entrance } from "./tcpclients.ts";

/** A certificate with those that lead to its authority, and its private key; PEM. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

export interface TlsEntrance extends Entrance {
  /** Shows another certificate to those who come from now on. Throws when OpenSSL does not take it. */
  renew(credentials: Credentials): void;
}

/** The name of the protocol in ALPN (RFC 7301), as IANA has it of RFC 7858. */
export const ALPN = "dot";
/** RFC 9325 §3.4: keys of tickets are changed regularly. A client with an older one has a whole handshake once more. */
const TICKETS_MS = 24 * 60 * 60 * 1000;
/** The name and the two keys of tickets, as Node has them. */
const TICKET_KEYS = 48;

/** What we talk: RFC 9325 §3.1.1 forbids what is before TLS 1.2; §3.5 has no need of renegotiation. */
function contextOf({ cert, key }: Credentials): SecureContextOptions {
  return {
    ...{ cert, key },
    minVersion: "TLSv1.2",
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
  };
}

/** Whether OpenSSL takes them. Throws its error when it does not. */
export function tryCredentials(credentials: Credentials): void {
  createSecureContext(contextOf(credentials));
}

/** One that shakes hands. */
interface Entering {
  readonly handshake: Handshake;
  readonly begin: (socket: Socket) => void;
}

/** Opens an entrance, for all listeners of a thread. Throws when OpenSSL does not take the certificate. */
export function openTlsEntrance(credentials: Credentials, limits: HandshakeLimits, counters: Counters): TlsEntrance {
  const handshakes = new Handshakes(limits, counters);
  const entering = new Map<string, Entering>();
  // It listens nowhere: connections are given to it, once they are known to have a place. The time is Handshakes'.
  const server = createServer({
    ...contextOf(credentials),
    ALPNProtocols: [ALPN],
    handshakeTimeout: limits.seconds * 2000,
    ticketKeys: randomBytes(TICKET_KEYS),
  });
  setInterval(() => server.setTicketKeys(randomBytes(TICKET_KEYS)), TICKETS_MS).unref();
  server.on("secureConnection", (socket) => letIn(socket, entering));
  // No TLS, no version or protocol in common, gone: it is over, and counted when it is closed.
  server.on("tlsClientError", (_error, socket: TLSSocket) => socket.destroy());
  return {
    pass: (accepted, prefix, begin) => {
      const ends = endsOf(accepted);
      const one = { handshake: handshakes.begin(prefix, () => accepted.destroy()), begin };
      entering.set(ends, one);
      accepted.on("error", ignore);
      // TLS takes this over: a client that ends in a handshake is gone, and would keep its place until the time is over.
      accepted.allowHalfOpen = false;
      accepted.once("close", () => {
        // The client may have come again from the same port already.
        if (entering.get(ends) === one) entering.delete(ends);
        one.handshake.end(TlsCount.FAILED);
      });
      server.emit("connection", accepted);
    },
    renew: (renewed) => {
      server.setSecureContext({ ...contextOf(renewed), ticketKeys: randomBytes(TICKET_KEYS) });
    },
  };
}

/** The handshake is done. */
function letIn(socket: TLSSocket, entering: Map<string, Entering>): void {
  const ends = endsOf(socket);
  const one = entering.get(ends);
  entering.delete(ends);
  if (one === undefined) {
    // It was reset at the same moment, and has no ends any more.
    socket.destroy();
    return;
  }
  // RFC 7766 §6.2.4: from now on, a client that has sent its last query still gets the replies.
  socket.allowHalfOpen = true;
  one.handshake.end(socket.isSessionReused() ? TlsCount.RESUMED : TlsCount.FULL);
  one.begin(socket);
}

/** What tells a connection from all others. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function ignore(): void {}
