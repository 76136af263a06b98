/** Every option of pop.yaml: its kind, bounds and default. */

import { Buffer } from "node:buffer";
import { type Listen, listenFromText } from "../text/listen.ts";
import { absoluteName } from "../text/name.ts";
import { boolean, choice, either, integer, list, required, section, sectionOr, text, type Value } from "./option.ts";

const listen = text<Listen | undefined>(
  "ADDR@PORT, such as 192.0.2.53@53 or 2001:db8::53@53",
  undefined,
  listenFromText,
);

const words = (expected: string) => text<string | undefined>(expected, undefined, (value) => value);

/** 16 octets in hex. */
const secret = text<Uint8Array | undefined>("32 hex digits, such as openssl rand -hex 16 prints", undefined, (value) =>
  /^[0-9a-fA-F]{32}$/.test(value) ? Buffer.from(value, "hex") : undefined,
);

/** A name, with or without its last dot. */
const zoneName = text<string | undefined>("a zone's name, such as example.com", undefined, (value) => {
  if (value === "") return undefined;
  try {
    absoluteName(value);
    return value;
  } catch {
    return undefined;
  }
});

const zone = section({
  /** The zone's name; without it, the one that the file tells. */
  name: zoneName,
  file: required(words("a path")),
});

export const schema = section({
  /** This POP's identity in id.server, hostname.bind, NSID, logs and metrics. POP_ID in the environment wins. */
  pop: text<string | undefined>("a name of 1 to 63 characters", undefined, (value) =>
    value.length >= 1 && value.length <= 63 ? value : undefined,
  ),
  /** Addresses to serve, UDP and TCP each. Replies leave from the address that was asked. */
  listen: list(listen, [{ address: "127.0.0.1", port: 5300 }], 1),
  /** How UDP is read: batch by recvmmsg (Linux), dgram everywhere; auto takes batch where it works. */
  transport: choice(["auto", "batch", "dgram"], "auto"),
  /** Threads that answer UDP; auto is one for each core. */
  workers: either(integer({ min: 1, max: 64, default: 1 }), choice(["auto"], "auto")),
  /** Zone directories, and single files with their zone's name. */
  zones: list(sectionOr(zone, words("a directory")), ["zones"]),
  /** Where compiled zones are kept, for a fast restart. Without it, STATE_DIRECTORY, which systemd sets; or none are. */
  state: words("a directory"),
  udp: section({
    /** RFC 6891 §6.2.5: the largest payload we send and take, in octets; 1232 fits any path without fragments. */
    payload: integer({ min: 512, max: 4096, default: 1232 }),
  }),
  tcp: section({
    /** RFC 7766 §6.2.3: seconds that an idle connection is kept. */
    idle: integer({ min: 1, max: 300, default: 10 }),
    /** Connections in all. */
    connections: integer({ min: 1, max: 100000, default: 2000 }),
    /** Connections from one IPv4 address or IPv6 /56. */
    "per-client": integer({ min: 1, max: 100000, default: 50 }),
  }),
  /** The answer to version.server and version.bind; without it, they are refused. */
  version: words("a text"),
  cookies: section({
    /** RFC 7873: server cookies in answers. */
    enabled: boolean(true),
    /** RFC 9018 §5: the first secret makes cookies, all of them check; the same list at every POP of the fleet. */
    secrets: list(secret, []),
  }),
  log: section({
    level: choice(["debug", "info", "warn", "error"], "info"),
    /** json for machines; text for people; auto is text on a terminal. */
    format: choice(["auto", "json", "text"], "auto"),
  }),
  /** HTTP address of /status; none without it. */
  admin: listen,
});

export type Config = Value<typeof schema>;
