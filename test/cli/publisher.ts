/** A folder with a store, a key and zone files, and the real program run in it as a publisher would. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signerFrom, Trust } from "../../src/sync/manifest/keys.ts";
import type { Manifest } from "../../src/sync/manifest/manifest.ts";
import { openManifest } from "../../src/sync/manifest/message.ts";
import { openStore } from "../../src/sync/store/open.ts";
import type { Store } from "../../src/sync/store/store.ts";
import { directoryWith, type Exit, type Program, run, start } from "../server/program.ts";

export interface Folder {
  readonly path: string;
  /** "sqlite:FILE". */
  readonly where: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Writes a file. */
  write(name: string, text: string): void;
  /** Runs the program here, to its end. */
  run(...args: readonly string[]): Promise<Program & Exit>;
  /** Starts it. */
  start(...args: readonly string[]): Program;
  /** Opens the store; the caller closes it. */
  open(): Promise<Store>;
  trust(): Trust;
}

/** A folder for a publisher; the store is made by the program itself unless it is to be missing. */
export async function folder(
  options: { store?: boolean; files?: Readonly<Record<string, string>> } = {},
): Promise<Folder> {
  const path = directoryWith(options.files);
  const where = `sqlite:${join(path, "store.db")}`;
  const { ZONECAST_KEY: _, ZONECAST_TRUST: __, ZONECAST_CREDENTIALS: ___, ...rest } = process.env;
  const environment = {
    ...rest,
    ZONECAST_STORE: where,
    ZONECAST_BY: "alice@desk",
    XDG_CACHE_HOME: join(path, "cache"),
  };
  const made: Folder = {
    path,
    where,
    environment,
    write: (name, text) => writeFileSync(join(path, name), text),
    run: (...args) => run(args, { cwd: path, env: environment }),
    start: (...args) => start(args, { cwd: path, env: environment }),
    open: () => openStore(where, ACCESS),
    trust: () => new Trust([signerFrom(readFileSync(join(path, "store.db.key"), "utf8")).publicKey]),
  };
  mkdirSync(join(path, "zones"));
  if (options.store === false) return made;
  const { code, stderr } = await made.run("store", "init");
  if (code !== 0) throw new Error(stderr);
  return made;
}

export const ACCESS = {
  credentials: undefined,
  tls: { ca: undefined, cert: undefined, key: undefined },
  pop: undefined,
  patience: "verb",
} as const;

/** A zone with so many hosts, each with its own address. */
export function hostsZone(serial: number, hosts: number, change: Readonly<Record<number, string>> = {}): string {
  const lines = Array.from({ length: hosts }, (_, i) => `h${i} A ${change[i] ?? `192.0.${i >> 8}.${i & 255}`}`);
  return [
    "$TTL 300",
    `@ SOA ns hostmaster ${serial} 3600 600 86400 60`,
    "@ NS ns",
    "ns A 192.0.2.53",
    ...lines,
    "",
  ].join("\n");
}

/** The same with a signature over its SOA, which says nothing: a server does not verify it. */
export function signedZone(serial: number, hosts: number): string {
  const inception = "20200101000000";
  const expiration = "20800101000000";
  return `${hostsZone(serial, hosts)}@ RRSIG SOA 13 2 300 ${expiration} ${inception} 4711 @ ${Buffer.alloc(64, serial).toString("base64")}\n`;
}

/** Text that does not compress to less than travels in a manifest. */
export function randomZone(serial: number, hosts = 12_000): string {
  let state = 1;
  const lines = Array.from({ length: hosts }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return `n${i}-${state.toString(36)} A 10.${state & 255}.${(state >>> 8) & 255}.${(state >>> 16) & 255}`;
  });
  return `${hostsZone(serial, 0)}${lines.join("\n")}\n`;
}

/** What the store has of a zone. */
export async function manifestOf(desk: Folder, zone: string): Promise<Manifest | undefined> {
  const store = await desk.open();
  try {
    const entry = await store.head(zone);
    return entry && openManifest(zone, entry.octets, desk.trust()).manifest;
  } finally {
    await store.close();
  }
}
