/** zonecast serve: run this POP. */

import { dirname, join, resolve } from "node:path";
import { popIdentity } from "../config/identity.ts";
import { defaults } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { serve } from "../server/serve.ts";
import type { StoreSource } from "../server/storekeeper.ts";
import { type Listen, listenFromText } from "../text/listen.ts";
import { adminOf, checkTls, readConfig } from "./configfile.ts";
import { detach } from "./detach.ts";
import { type Flags, parseFlags, UsageError, type Verb } from "./flags.ts";

export const flags = {
  config: { value: "FILE", help: "The POP's configuration (deploy/pop.yaml is an example)." },
  listen: {
    value: "ADDR@PORT",
    many: true,
    help: "Serve this address, UDP and TCP; may be given again. Default 127.0.0.1@5300.",
  },
  zones: { value: "DIR", help: "Serve every *.zone, *.db and db.* in DIR. Default ./zones, unless there is a store." },
  store: {
    value: "PLACE",
    help: "Serve what the store has: sqlite:FILE or nats://HOST:PORT. Default: ZONECAST_STORE.",
  },
  credentials: { value: "FILE", help: "What opens a nats store. Default: ZONECAST_CREDENTIALS, else --config." },
  group: { value: "NAME", many: true, help: "A group that this POP is in, for rollouts; may be given again." },
  ask: { value: "ADDR@PORT", many: true, help: "Where publishers ask this POP for proof. Default: each --listen." },
  pop: { value: "ID", help: "This POP's identity. Default: POP_ID, the configuration, the machine's name." },
  transport: { value: "auto|batch|dgram", help: "How UDP is read. Default auto: batch where it works." },
  state: {
    value: "DIR",
    help: "Keep compiled zones in DIR, and the copy of the store. Default: STATE_DIRECTORY, or none.",
  },
  admin: { value: "ADDR@PORT", help: "Serve operators over HTTP here: GET / lists what there is." },
  replace: { help: "Take the place of the server that runs with this --state, without losing a query." },
  detach: { help: "Start it as a process of its own, and end when it serves; for a service's reload, with --replace." },
} as const;

export const serveVerb: Verb<typeof flags> = {
  name: "serve",
  about: "Answer DNS over UDP and TCP, from zone files, which are reloaded as they change, or from the central store.",
  flags,
};

type Given = Flags<typeof flags>;

/** Runs the verb; the exit code. */
export async function runServe(args: readonly string[], version: string): Promise<number> {
  const given = parseFlags(serveVerb, args).flags;
  if (given.detach) return detach(args);
  const config = withFlags(given.config === undefined ? defaults : readConfig(given.config), given);
  if (given.config !== undefined) await checkTls(config, given.config);
  const pop = popIdentity(given.pop, process.env.POP_ID, config.pop);
  const admin = adminOf(config, given.config, given.admin === undefined ? undefined : address("--admin", given.admin));
  const store = await storeOf(config, given, pop);
  const rest = { store, admin, pop, version, replace: given.replace, secretFiles: secretFiles(config, given, store) };
  if (store !== undefined) return serve({ config, ...rest });
  const zones = config.zones.length > 0 ? config.zones : [zonesBeside(given.config)];
  return serve({ config: { ...config, zones }, ...rest });
}

/** The files with secrets that this server goes by: its configuration, if that has any, and keys for TLS and the store. */
function secretFiles(config: Config, { config: file }: Given, store: StoreSource | undefined): string[] {
  const { admin, cookies, anycast, tls } = config;
  const token = admin !== undefined && "token" in admin ? admin.token : undefined;
  const passwords = anycast.bgp.neighbours.some(({ password }) => password !== undefined);
  const isSecret = token !== undefined || cookies.secrets.length > 0 || passwords;
  const files = [isSecret ? file : undefined, tls.key, store?.access.credentials, store?.access.tls.key];
  return files.filter((one) => one !== undefined);
}

/** The zone directory of a server that was told of none. */
function zonesBeside(config: string | undefined): string {
  return config === undefined ? "zones" : join(dirname(resolve(config)), "zones");
}

/** The store to follow, if one is named. Rejects with UsageError and ConfigError. */
async function storeOf(config: Config, given: Given, pop: string): Promise<StoreSource | undefined> {
  const named = given.store ?? (process.env.ZONECAST_STORE || config.store);
  if (named === undefined) return undefined;
  // What serves files only does not load what opens stores.
  const { namedTrust, storePlace, trustOf } = await import("./storeflags.ts");
  const { shownPlace } = await import("../sync/store/shown.ts");
  const place = storePlace(given);
  const { where } = place;
  if (config.zones.length > 0) {
    const files = given.zones === undefined ? `zones in ${given.config}` : "--zones";
    throw new UsageError(
      `zones come from one source: ${shownPlace(where)}, or files; leave out one, the store or ${files}`,
    );
  }
  if (config.state === undefined) {
    throw new UsageError(
      `${shownPlace(where)} needs --state DIR: the copy is kept there that is served when the store is not reached`,
    );
  }
  const trust = namedTrust(place, process.env) ?? [];
  if (trust.length > 0) trustOf(trust, where);
  return {
    where,
    access: { ...place.access, pop, patience: "pop" },
    trust,
    directory: resolve(config.state),
    groups: config.groups.filter((group) => group !== undefined),
    ask: config.ask.filter((address) => address !== undefined),
    limits: config.publish.guards,
  };
}

/** systemd sets it (StateDirectory=), with a colon between the first directory and others. */
function stateDirectory(environment: string | undefined): string | undefined {
  return environment?.split(":")[0] || undefined;
}

function withFlags(config: Config, given: Given): Config {
  return {
    ...config,
    listen: given.listen?.map((text) => address("--listen", text)) ?? config.listen,
    zones: given.zones === undefined ? config.zones : [given.zones],
    groups: given.group ?? config.groups,
    ask: given.ask?.map((text) => address("--ask", text)) ?? config.ask,
    transport: given.transport === undefined ? config.transport : transport(given.transport),
    state: given.state ?? config.state ?? stateDirectory(process.env.STATE_DIRECTORY),
  };
}

function address(flag: string, text: string): Listen {
  const listen = listenFromText(text);
  if (!listen) throw new UsageError(`${flag}: expected ADDR@PORT, such as 127.0.0.1@5300, got "${text}"`);
  return listen;
}

function transport(word: string): Config["transport"] {
  if (word === "auto" || word === "batch" || word === "dgram") return word;
  throw new UsageError(`--transport: expected auto, batch or dgram, got "${word}"`);
}
