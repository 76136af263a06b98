/** Every option of pop.yaml: its kind, bounds and default. */

import { Buffer } from "node:buffer";
import { type Listen, listenFromText } from "../text/listen.ts";
import { absoluteName } from "../text/name.ts";
import { acl } from "./acl.ts";
import { admin } from "./admin.ts";
import { announcedPrefixes, unserved } from "./announced.ts";
import { anycast } from "./anycast.ts";
import {
  boolean,
  checked,
  choice,
  either,
  integer,
  list,
  type Option,
  required,
  secret,
  section,
  sectionOr,
  text,
  type Value,
} from "./option.ts";
import { place } from "./place.ts";
import { isPopName, POP_NAME } from "./popname.ts";
import { rrl } from "./rrl.ts";
import { catchment, dnstap, querylog } from "./tap.ts";
import { tls } from "./tls.ts";

const listen = text<Listen | undefined>(
  "ADDR@PORT, such as 192.0.2.53@53 or 2001:db8::53@53",
  undefined,
  listenFromText,
);

const words = (expected: string) => text<string | undefined>(expected, undefined, (value) => value);

/** 16 octets in hex. */
const cookieSecret = secret(
  text<Uint8Array | undefined>("32 hex digits, such as openssl rand -hex 16 prints", undefined, (value) =>
    /^[0-9a-fA-F]{32}$/.test(value) ? Buffer.from(value, "hex") : undefined,
  ),
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

/** Who may publish: see sync/manifest/keys.ts, which reads them. */
const publicKey = secret(
  // Somebody may have taken a private key for one.
  text<string | undefined>("a public key, such as zonecast store init prints", undefined, (value) =>
    /^ed25519:[A-Za-z0-9+/]{43}=$/.test(value) ? value : undefined,
  ),
);

const store = section({
  /** sqlite:FILE or nats://HOST:PORT. */
  at: required(words("sqlite:FILE or nats://HOST:PORT")),
  /** A file with an nkey seed, a NATS .creds file, or user:password. */
  credentials: words("a path"),
  /** Public keys of those whose zones are served. */
  trust: list(publicKey, []),
  tls: section({
    /** The authority that has signed the store's certificate; without it, the system's. */
    ca: words("a path"),
    /** Our own certificate and its key, when the store wants one. */
    cert: words("a path"),
    key: words("a path"),
  }),
});

/** Of a rollout: who gets a version next, and for how many seconds they are watched. */
const wave = section({
  to: required(list(words("the name of a POP or of a group, or *"), [], 1)),
  bake: integer({ min: 0, max: 604_800, default: 300 }),
});

const options = section({
  /** This POP's identity in id.server, hostname.bind, NSID, logs and metrics. POP_ID in the environment wins. */
  pop: text<string | undefined>(POP_NAME, undefined, (value) => (isPopName(value) ? value : undefined)),
  /** Addresses to serve, UDP and TCP each. Replies leave from the address that was asked. */
  listen: list(listen, [{ address: "127.0.0.1", port: 5300 }], 1),
  /** How UDP is read: batch by recvmmsg (Linux), dgram everywhere; auto takes batch where it works. */
  transport: choice(["auto", "batch", "dgram"], "auto"),
  /** Threads that answer UDP; auto is one for each core. */
  workers: either(integer({ min: 1, max: 64, default: 1 }), choice(["auto"], "auto")),
  /** Zone directories, and single files with their zone's name. Without any, and without a store, it is ./zones. */
  zones: list(sectionOr(zone, words("a directory")), []),
  /** Where compiled zones are kept, for a fast restart. Without it, STATE_DIRECTORY, which systemd sets; or none are. */
  state: words("a directory"),
  /** The central store that zones come from, instead of files. ZONECAST_STORE in the environment wins. */
  store: sectionOr(store, words("sqlite:FILE or nats://HOST:PORT")),
  /** Groups that this POP is in, for rollouts; it is in one of its own name, and in *, in any case. */
  groups: list(words("a word"), []),
  /** Addresses of this POP's own at which publishers ask it for proof; without any, those that it listens on. */
  ask: list(listen, []),
  /** Where this POP is, for maps. */
  place,
  /** What zonecast push goes by; the same file serves POPs and publishers. */
  publish: section({
    /** The file with the key that signs. */
    key: words("a path"),
    /** What to do with a serial that has not been raised; keep refuses it. */
    serial: choice(["keep", "date", "counter", "unix"], "keep"),
    /** How a new version goes through the fleet; without any, all POPs get it at once. */
    waves: list(wave, []),
    guards: section({
      /** Percent of its records or names that a zone may lose. */
      shrink: integer({ min: 0, max: 100, default: 10 }),
      /** How many times longer or shorter a TTL may become. */
      ttl: integer({ min: 1, max: 1_000_000, default: 10 }),
      /** Days that every RRSIG must hold yet. */
      rrsig: integer({ min: 0, max: 365, default: 3 }),
    }),
    /** When a wave goes back by itself: how many percent of a zone's answers more than before may be of a kind. */
    jumps: section({
      nxdomain: integer({ min: 1, max: 100, default: 20 }),
      servfail: integer({ min: 1, max: 100, default: 2 }),
      refused: integer({ min: 1, max: 100, default: 2 }),
      /** Fewer answers than these are not judged. */
      queries: integer({ min: 1, max: 1_000_000, default: 50 }),
      /** Seconds a wave has to serve the version. */
      patience: integer({ min: 1, max: 86_400, default: 120 }),
    }),
  }),
  anycast,
  udp: section({
    /** RFC 6891 §6.2.5: the largest payload we send and take, in octets; 1232 fits any path without fragments. */
    payload: integer({ min: 512, max: 4096, default: 1232 }),
    /** Milliseconds that a query may wait behind others, before it is not worth an answer; 0 is no bound. */
    stale: integer({ min: 0, max: 10_000, default: 100 }),
    /** The same for a client whose address no cookie of ours proves; what is larger has TC and no data. */
    unverified: either(integer({ min: 512, max: 4096, default: 4096 }), choice(["payload"], "payload")),
    /** In a flood, the kernel lets in whom the threads can answer: those who were known before, and others by even shares. */
    gate: boolean(true),
  }),
  tcp: section({
    /** RFC 7766 §6.2.3: seconds that an idle connection is kept. */
    idle: integer({ min: 1, max: 300, default: 10 }),
    /** Seconds in which a message has to come, from its first octet to its last. */
    message: integer({ min: 1, max: 300, default: 5 }),
    /** Seconds for which replies may wait that the client does not read. */
    unread: integer({ min: 1, max: 300, default: 5 }),
    /** Connections in all. */
    connections: integer({ min: 1, max: 100000, default: 2000 }),
    /** Connections from one IPv4 address or IPv6 /56. */
    "per-client": integer({ min: 1, max: 100000, default: 50 }),
  }),
  /** DNS over TLS. */
  tls,
  /** The answer to version.server and version.bind; without it, they are refused. */
  version: words("a text"),
  cookies: section({
    /** RFC 7873: server cookies in answers. */
    enabled: boolean(true),
    /** RFC 9018 §5: the first secret makes cookies, all of them check; the same list at every POP of the fleet. */
    secrets: list(cookieSecret, []),
  }),
  /** Who may ask, and who may reach the admin server, by prefix. */
  acl,
  /** Response rate limiting: the clients of a prefix get no more than so many replies a second. */
  rrl,
  log: section({
    level: choice(["debug", "info", "warn", "error"], "info"),
    /** json for machines; text for people; auto is text on a terminal. */
    format: choice(["auto", "json", "text"], "auto"),
  }),
  /** Queries as lines, some or all of them. */
  querylog,
  /** Queries and replies for a dnstap reader. */
  dnstap,
  /** Which prefixes clients are in. */
  catchment,
  /** Where operators ask over HTTP: ADDR@PORT, or a section; none without it. */
  admin,
  /** GET /metrics at the admin address. */
  metrics: section({
    /** Zones with series of their own, the busiest; all others are counted together. */
    zones: integer({ min: 0, max: 10_000, default: 50 }),
  }),
  /** The folder for a summary of each day, in the form of RSSAC002; none is written without it. */
  summary: words("a directory"),
  /** The socket at which zonecast drain and others reach this POP; without it, control.sock in the state directory. */
  control: words("a path"),
});

export type Config = Value<typeof options>;

export const schema: Option<Config> = checked(options, ({ anycast, listen }) =>
  unserved(
    announcedPrefixes(
      anycast,
      listen.filter((one) => one !== undefined),
    ),
  ),
);
