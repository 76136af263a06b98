/** The option tls: DNS over TLS (RFC 7858), with which certificate, and what handshakes and connections may cost. */

import { type Listen, listenFromText } from "../text/listen.ts";
import { checked, type Fault, integer, list, section, text, type Value } from "./option.ts";

/** RFC 7858 §3.1. */
export const TLS_PORT = 853;

const address = text<Listen | undefined>("ADDR@PORT, such as 192.0.2.53@853 or 2001:db8::53", undefined, (value) =>
  listenFromText(value, TLS_PORT),
);

const path = text<string | undefined>("a path", undefined, (value) => (value === "" ? undefined : value));

const options = section({
  /** Where to listen; without any, port 853 of each address that is served. */
  listen: list(address, []),
  /** PEM: the server's certificate, and after it those that lead to its authority. Without it there is no TLS. */
  cert: path,
  /** PEM: its private key. */
  key: path,
  /** RFC 7858 §3.4: seconds that an idle connection is kept. */
  idle: integer({ min: 1, max: 300, default: 10 }),
  /** Connections in all, those that shake hands included. Each takes 50 KB, measured. Further times are those of tcp. */
  connections: integer({ min: 1, max: 100_000, default: 1000 }),
  /** Connections from one IPv4 address or IPv6 /56. */
  "per-client": integer({ min: 1, max: 100_000, default: 50 }),
  /** Seconds that a handshake may take. */
  handshake: integer({ min: 1, max: 60, default: 5 }),
  /** Handshakes in progress: in all, at most half of all connections; and from one IPv4 address or IPv6 /56. */
  handshakes: integer({ min: 1, max: 10_000, default: 500 }),
  "handshakes-per-client": integer({ min: 1, max: 10_000, default: 20 }),
});

export type TlsConfig = Value<typeof options>;

export const tls = checked(options, faultsOf);

function faultsOf({ listen, cert, key }: TlsConfig): Fault[] {
  if (cert === undefined && key !== undefined)
    return [{ at: ["key"], what: "there is a key, and no certificate (cert)" }];
  if (cert !== undefined && key === undefined) return [{ at: ["cert"], what: "there is a certificate, and no key" }];
  if (cert === undefined && listen.length > 0) {
    return [{ at: ["listen"], what: "there is an address, and no certificate (cert and key)" }];
  }
  return [];
}
