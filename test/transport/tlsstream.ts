/** A listener over TLS for a test, and clients of it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { onTestFinished } from "vitest";
import { Counters, TLS_COUNTS } from "../../src/answer/counters.ts";
import type { Respond } from "../../src/answer/respond.ts";
import { Connections } from "../../src/transport/connections.ts";
import type { HandshakeLimits } from "../../src/transport/handshakes.ts";
import { listenTcp, type TcpLimits } from "../../src/transport/tcp.ts";
import { openTlsEntrance } from "../../src/transport/tls.ts";
import { type Made, makeCertificate } from "../support/certificate.ts";
import { LIMITS } from "./listening.ts";
import { freePort } from "./port.ts";
import { echo } from "./queries.ts";
import { clientOf, type StreamClient } from "./stream.ts";

const HANDSHAKES: HandshakeLimits = { most: 100, perClient: 50, seconds: 10 };

/** A certificate in a folder that is gone when the test is over. */
export function certificateFor(name: string): Made {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return makeCertificate(folder, name);
}

export interface TlsOptions {
  readonly handshakes?: Partial<HandshakeLimits>;
  readonly limits?: Partial<TcpLimits>;
  readonly respond?: Respond;
}

/** Listens on a free port until the test is over. */
export async function listeningTls({ handshakes = {}, limits = {}, respond = echo() }: TlsOptions = {}) {
  const counters = new Counters();
  const all = { ...LIMITS, ...limits };
  const connections = new Connections(all.connections, all.perClient, counters, TLS_COUNTS);
  const entrance = openTlsEntrance(certificateFor("one.example"), { ...HANDSHAKES, ...handshakes }, counters);
  const port = await freePort();
  const listener = await listenTcp(
    { address: "127.0.0.1", port },
    respond,
    all,
    connections,
    counters,
    false,
    entrance,
  );
  onTestFinished(() => listener.close());
  return { port, counters, connections, entrance, listener };
}

/** What node:tls takes, and what its types do not know: it is given on to the socket. */
export type TlsClientOptions = ConnectionOptions & { readonly allowHalfOpen?: boolean };

/** A client that has shaken hands. */
export async function connectedTls(port: number, options: TlsClientOptions = {}) {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  const client: StreamClient = clientOf(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed while shaking hands")));
  });
  onTestFinished(() => void socket.destroy());
  return { ...client, client, socket, name: () => socket.getPeerCertificate().subject.CN };
}
