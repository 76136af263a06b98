/** zonecast store init: make a store, and the key that publishes to it. */

import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigError } from "../config/load.ts";
import { isPublicKey, newPrivateKey, type Signer, signerFrom } from "../sync/manifest/keys.ts";
import { engineOf, initStore, mirrorStore, openStore } from "../sync/store/open.ts";
import { shownPlace } from "../sync/store/shown.ts";
import { HISTORY, StoreError } from "../sync/store/store.ts";
import { errorCode, whyNot } from "../text/systemerror.ts";
import { type Flags, parseFlags, UsageError, type Verb } from "./flags.ts";
import { keyFile, type Place, publisherFlags, readSigner, storePlace } from "./storeflags.ts";

const { by: _, ...placeFlags } = publisherFlags;

const flags = {
  ...placeFlags,
  trust: { value: "PUBLICKEY", many: true, help: "Trust this publisher, too; may be given again." },
  untrust: { value: "PUBLICKEY", many: true, help: "Trust this publisher no longer; may be given again." },
  history: { value: "N", help: `Manifests to keep of each zone. Default ${HISTORY}, or what the store has.` },
  replicas: { value: "N", help: "Copies of everything in a NATS cluster, 1 to 5. Default 1, or what the store has." },
  mirror: { value: "DOMAIN", help: "Mirror the store of this JetStream domain on the leaf node that --store names." },
} as const;

export const storeInitVerb: Verb<typeof flags> = {
  name: "store init",
  about: "Make a store, or bring one up to date, and make the key that publishes to it where it is missing.",
  flags,
};

/** Runs the verb; the exit code. */
export async function runStoreInit(args: readonly string[]): Promise<number> {
  const given = parseFlags(storeInitVerb, args).flags;
  if (given.mirror !== undefined) return mirror(given.mirror, given);
  const place = storePlace(given);
  const file = keyFile(given, place);
  const history = wholeNumber("--history", given.history, 1, 1_000_000);
  const replicas = wholeNumber("--replicas", given.replicas, 1, 5);
  const added = publicKeys("--trust", given.trust);
  const dropped = publicKeys("--untrust", given.untrust);
  const before = await trustedBefore(place);
  const { signer, made } = keyAt(file);
  const known = [signer.publicKey, ...added, ...before];
  const trust = [...new Set(known)].filter((key) => !dropped.includes(key));
  await initStore(place.where, place.access, { history, trust, replicas });
  process.stderr.write(`${shownPlace(place.where)} is ready\n`);
  process.stderr.write(`${file}: ${made ? "made; keep it safe, whoever has it can publish" : "this key publishes"}\n`);
  process.stdout.write(yamlOf(place.where, trust));
  process.stderr.write(publisherLine(place.where, file, trust));
  return 0;
}

/** Makes the mirrors of a leaf node, which needs no key: what it mirrors is signed already. */
async function mirror(domain: string, given: Flags<typeof flags>): Promise<number> {
  const idle = (["key", "trust", "untrust", "history"] as const).find((flag) => given[flag] !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} does not go with --mirror: a mirror has what its origin has`);
  if (!/^[\w-]+$/.test(domain)) {
    throw new UsageError(`--mirror: expected the name of the hub's JetStream domain, got "${domain}"`);
  }
  const place = storePlace(given);
  if (engineOf(place.where) !== "nats")
    throw new UsageError("--mirror goes with --store nats://HOST:PORT of a leaf node");
  const replicas = wholeNumber("--replicas", given.replicas, 1, 5) ?? 1;
  await mirrorStore(place.where, place.access, { domain, replicas });
  process.stderr.write(
    `${shownPlace(place.where)} mirrors the store of ${domain}: the POPs near by can have it as store.at\n`,
  );
  return 0;
}

/** What POPs need to know. */
function yamlOf(where: string, trust: readonly string[]): string {
  return `# For every POP's pop.yaml:\nstore:\n  at: ${shownPlace(where)}\n  trust:\n${trust.map((key) => `    - ${key}\n`).join("")}`;
}

/** What a publisher needs to know; a store in a file tells itself whom it trusts. */
function publisherLine(where: string, file: string, trust: readonly string[]): string {
  const shown = shownPlace(where);
  const names = engineOf(where) === "sqlite" ? [] : [`ZONECAST_TRUST=${trust.join(",")}`];
  return `For publishers, in the environment: ${[`ZONECAST_STORE=${shown}`, `ZONECAST_KEY=${resolve(file)}`, ...names].join(" ")}\n`;
}

/** The key in a file; a new one when there is no such file. Two that make it at the same time end with one key. */
function keyAt(file: string): { readonly signer: Signer; readonly made: boolean } {
  const pem = newPrivateKey();
  try {
    const handle = openSync(file, "wx", 0o600);
    try {
      writeSync(handle, pem);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return { signer: signerFrom(pem), made: true };
  } catch (error) {
    if (errorCode(error) === "EEXIST") return { signer: readSigner(file), made: false };
    if (errorCode(error) === "ENOENT") {
      throw new ConfigError([`${file}: there is no folder ${dirname(resolve(file))}: make it first`]);
    }
    throw new ConfigError([`${file}: ${whyNot("write", error)}`]);
  }
}

/** Keys that a store in a file trusts already. Those of a NATS store are in the POPs' configurations only. */
async function trustedBefore({ where, access }: Place): Promise<readonly string[]> {
  if (engineOf(where) !== "sqlite") return [];
  try {
    const store = await openStore(where, access);
    try {
      return (await store.meta()).trust;
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof StoreError && error.kind === "missing") return [];
    throw error;
  }
}

function publicKeys(flag: string, keys: readonly string[] = []): readonly string[] {
  if (keys.every(isPublicKey)) return keys;
  // What it is instead is not said: it may be a private key.
  throw new UsageError(`${flag}: expected a public key, such as zonecast store init prints`);
}

function wholeNumber(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag}: expected a whole number from ${min} to ${max}, got "${text}"`);
}
