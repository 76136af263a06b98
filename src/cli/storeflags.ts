/** Which store a verb works on, whose manifests it believes, and with which key it signs: one answer for all verbs. */

import { readFileSync, statSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import { ConfigError, defaults } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { keyId, type Signer, signerFrom, Trust } from "../sync/manifest/keys.ts";
import { engineOf, openStore, type StoreAccess } from "../sync/store/open.ts";
import { shownFile, shownPlace } from "../sync/store/shown.ts";
import type { Store } from "../sync/store/store.ts";
import { whyNot } from "../text/systemerror.ts";
import { readConfig } from "./configfile.ts";
import { UsageError } from "./flags.ts";
import { oneLine } from "./oneline.ts";

/** Flags of every verb that uses a store. */
export const storeFlags = {
  store: {
    value: "PLACE",
    help: "The store: sqlite:FILE or nats://HOST:PORT. Default: ZONECAST_STORE, else --config.",
  },
  config: { value: "FILE", help: "Take the store, the keys, waves and guards from a configuration (deploy/pop.yaml)." },
  credentials: { value: "FILE", help: "What opens a nats store. Default: ZONECAST_CREDENTIALS, else --config." },
} as const;

/** Flags of every verb that changes what is in a store, besides. */
export const publisherFlags = {
  ...storeFlags,
  key: { value: "FILE", help: "The key that signs. Default: ZONECAST_KEY, --config, or FILE.key beside sqlite:FILE." },
  by: { value: "WHO", help: "Who does it, for the history. Default: ZONECAST_BY, else user@host." },
} as const;

/** What was given of storeFlags. */
export interface StoreGiven {
  readonly store?: string;
  readonly config?: string;
  readonly credentials?: string;
}

/** What was given of publisherFlags. */
export interface PublisherGiven extends StoreGiven {
  readonly key?: string;
  readonly by?: string;
}

/** Where a store is and how it is reached; nothing is opened yet. */
export interface Place {
  readonly where: string;
  readonly access: StoreAccess;
  readonly config: Config;
}

/** An open store, and whose manifests are believed. */
export interface Reader {
  readonly store: Store;
  readonly trust: Trust;
  readonly config: Config;
}

/** A reader that may change things. */
export interface Publisher extends Reader {
  readonly signer: Signer;
  readonly by: string;
}

/** Characters of a publisher's name. */
const BY_MOST = 100;

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the store is. Throws UsageError when nothing says it, ConfigError for a configuration that is wrong. */
export function storePlace(given: StoreGiven, environment: Environment = process.env): Place {
  const config = given.config === undefined ? defaults : readConfig(given.config);
  const section = typeof config.store === "object" ? config.store : undefined;
  const configured = typeof config.store === "string" ? config.store : section?.at;
  const where = given.store ?? (environment.ZONECAST_STORE || configured);
  if (where === undefined) {
    throw new UsageError("which store? Say --store PLACE, set ZONECAST_STORE, or give --config FILE with store.at");
  }
  if (engineOf(where) === undefined) {
    throw new UsageError(`"${shownPlace(where)}" is no store: expected sqlite:FILE or nats://HOST:PORT`);
  }
  const credentials = given.credentials ?? (environment.ZONECAST_CREDENTIALS || section?.credentials);
  const tls = section?.tls ?? { ca: undefined, cert: undefined, key: undefined };
  return { where: absolute(where), access: { credentials, tls, pop: undefined, patience: "verb" }, config };
}

/** Opens the store for looking. Rejects with UsageError, ConfigError or StoreError. The caller closes it. */
export async function openReader(given: StoreGiven, environment: Environment = process.env): Promise<Reader> {
  const place = storePlace(given, environment);
  const named = namedTrust(place, environment);
  const store = await openStore(place.where, place.access);
  try {
    return { store, trust: trustOf(named ?? (await store.meta()).trust, place.where), config: place.config };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens the store for changing it. Rejects as openReader does, and with ConfigError for a key that will not do. */
export async function openPublisher(given: PublisherGiven, environment: Environment = process.env): Promise<Publisher> {
  const place = storePlace(given, environment);
  const file = keyFile(given, place, environment);
  // First, as a place that was mistyped has no key beside it, either.
  const reader = await openReader(given, environment);
  try {
    const signer = readSigner(file);
    if (!reader.trust.knows(keyId(signer.publicKey))) throw new ConfigError([strangeKey(file, signer, place)]);
    return { ...reader, signer, by: publisherName(given.by, environment) };
  } catch (error) {
    await reader.store.close();
    throw error;
  }
}

/** What is to be done so that a key may publish. */
function strangeKey(file: string, { publicKey }: Signer, { where }: Place): string {
  const [trusted, how] =
    engineOf(where) === "sqlite"
      ? ["this store", `run zonecast store init --store ${where} --trust ${publicKey}`]
      : ["store.trust or ZONECAST_TRUST", `add ${publicKey} there, and to store.trust of every POP`];
  return `${file}: this key may not publish here, as it is not trusted by ${trusted}: ${how}; or name another with --key`;
}

/** Opens the store for looking, and closes it after the work. */
export async function withReader(given: StoreGiven, work: (reader: Reader) => Promise<number>): Promise<number> {
  const reader = await openReader(given);
  try {
    return await work(reader);
  } finally {
    await reader.store.close();
  }
}

/** Opens the store for changing it, and closes it after the work. */
export async function withPublisher(
  given: PublisherGiven,
  work: (publisher: Publisher) => Promise<number>,
): Promise<number> {
  const publisher = await openPublisher(given);
  try {
    return await work(publisher);
  } finally {
    await publisher.store.close();
  }
}

/** The file of the key that signs. Throws UsageError when nothing says it. */
export function keyFile(given: PublisherGiven, place: Place, environment: Environment = process.env): string {
  const file = given.key ?? (environment.ZONECAST_KEY || place.config.publish.key);
  if (file !== undefined) return file;
  if (engineOf(place.where) === "sqlite") return `${sqliteFile(place.where)}.key`;
  throw new UsageError("which key signs? Say --key FILE, set ZONECAST_KEY, or give --config FILE with publish.key");
}

/** Who publishes: what was said, else user@host. */
export function publisherName(given: string | undefined, environment: Environment = process.env): string {
  const said = oneLine(given ?? environment.ZONECAST_BY, BY_MOST);
  return said ?? `${userName(environment)}@${hostname()}`;
}

/** Reads a key that signs. Throws ConfigError that says what to do. */
export function readSigner(file: string): Signer {
  let pem: string;
  let mode: number;
  try {
    pem = readFileSync(file, "utf8");
    mode = statSync(file).mode;
  } catch (error) {
    const hint = "name the publisher's key with --key, or make one with zonecast store init";
    throw new ConfigError([`${shownFile(file)}: ${whyNot("read", error)}; ${hint}`]);
  }
  try {
    const signer = signerFrom(pem);
    // As OpenSSH does: whoever runs a verb can mend it at once, and the key is good for every zone of the fleet. A group
    // may be there to share it.
    if (!process.getuid || (mode & 0o004) === 0) return signer;
  } catch (error) {
    throw new ConfigError([`${file}: ${(error as Error).message}`]);
  }
  throw new ConfigError([`${file}: every user of this machine can read this key, which publishes: chmod 600 ${file}`]);
}

/** The keys that the configuration or the environment trusts. A server's own word is not enough, a file's is. */
export function namedTrust(place: Place, environment: Environment): readonly string[] | undefined {
  const { config, where } = place;
  const configured = typeof config.store === "object" ? config.store.trust : [];
  const listed = configured.filter((key) => key !== undefined);
  if (listed.length > 0) return listed;
  const words = (environment.ZONECAST_TRUST ?? "").split(/[\s,]+/).filter((word) => word !== "");
  if (words.length > 0) return words;
  if (engineOf(where) === "sqlite") return undefined;
  throw new UsageError(
    "whose manifests are to be believed? Set ZONECAST_TRUST to the public keys that zonecast store init has printed, or give --config FILE with store.trust",
  );
}

export function trustOf(keys: readonly string[], where: string): Trust {
  try {
    if (keys.length > 0) return new Trust(keys);
  } catch (error) {
    throw new ConfigError([`ZONECAST_TRUST: ${(error as Error).message}`]);
  }
  throw new ConfigError([
    `${shownPlace(where)} names nobody who may publish: run zonecast store init --store ${shownPlace(where)}`,
  ]);
}

/** The file of a sqlite store. */
function sqliteFile(where: string): string {
  return where.slice("sqlite:".length);
}

function absolute(where: string): string {
  return engineOf(where) === "sqlite" ? `sqlite:${resolve(sqliteFile(where))}` : where;
}

/** An account without a name in the system's list is known by its number only. */
function userName(environment: Environment): string {
  try {
    return userInfo().username;
  } catch {
    return environment.USER || `uid ${process.getuid?.() ?? "?"}`;
  }
}
