/** The answering core with zones and a client, no sockets: what a transcript talks to. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import { ServerCookies } from "../../src/answer/cookie.ts";
import { type Respond, responder } from "../../src/answer/respond.ts";
import { nameFromText } from "../../src/text/name.ts";
import { Zone } from "../../src/zone/image.ts";
import { loadZone } from "../../src/zone/load.ts";
import { problemToText } from "../../src/zone/problem.ts";
import { fromHex } from "./query.ts";

export const ROOT_DIRECTORY = resolve(import.meta.dirname, "../..");

/** When the tests take place, unless they say otherwise: the time of RFC 9018's first example. */
export const NOW = 1559731985;
/** Inside the validity of the signed zones in zones/. */
const SIGNATURE_TIME = 1800000000;
const MAX_MESSAGE = 65535;

/** What a `server` line may set. */
export interface ServerOptions {
  readonly payload: number;
  /** As udp.unverified. */
  readonly unverified?: number;
  readonly identity: string;
  readonly version: string | undefined;
  /** Server secrets in hexadecimal, the one that makes cookies first; none: no cookies. */
  readonly secrets: readonly string[];
  readonly idle: number;
}

export const DEFAULTS: ServerOptions = {
  payload: 1232,
  identity: "pop1",
  version: undefined,
  secrets: ["e5e973e5a6b2a43f48e7dc849e37bfcf"],
  idle: 10,
};

/** Who asks, and when. */
export interface Asker {
  readonly transport: "udp" | "tcp" | "tls";
  readonly address: Uint8Array;
  readonly seconds: number;
}

export interface Server {
  readonly catalogue: Catalogue;
  readonly zones: readonly Zone[];
  readonly options: ServerOptions;
  /** The reply's octets; empty when there is none. */
  ask(query: Uint8Array, asker: Asker): Uint8Array;
}

/** Zones by name; undefined for one that never loaded. */
export type Zones = ReadonlyMap<string, Zone | undefined>;

/** Makes a server for these zones. */
export function makeServer(zones: Zones, options: ServerOptions, complete = true): Server {
  const catalogue = new Catalogue();
  for (const [apex, zone] of zones) catalogue.set(nameFromText(apex), zone);
  catalogue.complete = complete;
  const secrets = options.secrets.map((secret) => Uint8Array.from(fromHex(secret)));
  const settings = {
    payload: options.payload,
    unverified: options.unverified,
    identity: Uint8Array.from(Buffer.from(options.identity)),
    cookies: secrets.length > 0 ? new ServerCookies(secrets) : undefined,
    idle: options.idle,
  };
  const respond = responder(catalogue, new Chaos(options.identity, options.version), settings);
  const loaded = [...zones.values()].filter((zone) => zone !== undefined);
  return { catalogue, zones: loaded, options, ask: asking(respond) };
}

/** One buffer for all queries, as a transport has it: what lies behind a query must not matter. */
function asking(respond: Respond): Server["ask"] {
  const buffer = new Uint8Array(MAX_MESSAGE);
  const reply = new Uint8Array(MAX_MESSAGE);
  return (query, { transport, address, seconds }) => {
    buffer.fill(0xa5);
    buffer.set(query);
    const client = {
      stream: transport !== "udp",
      encrypted: transport === "tls",
      address: () => address,
      seconds: () => seconds,
    };
    return reply.slice(0, respond(buffer, query.length, reply, client));
  };
}

/** Compiles the text of a zone; throws with all its problems when it has errors. */
export function zoneFromText(apex: string, text: string, file: string): Zone {
  const include = (path: string) => `no $INCLUDE here: ${path}`;
  const options = { apex: nameFromText(apex), include, now: SIGNATURE_TIME };
  const loaded = loadZone({ file, bytes: Uint8Array.from(Buffer.from(text)) }, options);
  if (!loaded.image) throw new Error(loaded.problems.map(problemToText).join("\n"));
  return new Zone(loaded.image);
}

/** Compiles a zone file of the repository; its name is the one in the file's name. */
export function zoneFromFile(path: string): { apex: string; zone: Zone } {
  const apex = path.replace(/^.*\//, "").replace(/\.zone$/, ".");
  return { apex, zone: zoneFromText(apex, readFileSync(resolve(ROOT_DIRECTORY, path), "utf8"), path) };
}

/** An address as 4 or 16 octets. */
export function addressFromText(text: string): Uint8Array {
  if (!text.includes(":")) return Uint8Array.from(text.split(".").map(Number));
  const [head, tail] = text.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const missing = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...new Array<string>(missing).fill("0"), ...(tail ?? [])];
  return Uint8Array.from(groups.flatMap((group) => fromHex(group.padStart(4, "0"))));
}
