/** zonecast serve: run this POP. */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { popIdentity } from "../config/identity.ts";
import { ConfigError, configFromYaml, defaults } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { serve } from "../server/serve.ts";
import { type Listen, listenFromText } from "../text/listen.ts";
import { whyNot } from "../text/systemerror.ts";
import { type Flags, parseFlags, UsageError, type Verb } from "./flags.ts";

export const flags = {
  config: { value: "FILE", help: "The POP's configuration (deploy/pop.yaml is an example)." },
  listen: {
    value: "ADDR@PORT",
    many: true,
    help: "Serve this address, UDP and TCP; may be given again. Default 127.0.0.1@5300.",
  },
  zones: { value: "DIR", help: "Serve every *.zone, *.db and db.* in DIR. Default ./zones." },
  pop: { value: "ID", help: "This POP's identity. Default: POP_ID, the configuration, the machine's name." },
  transport: { value: "auto|batch|dgram", help: "How UDP is read. Default auto: batch where it works." },
  state: { value: "DIR", help: "Keep compiled zones in DIR, for a fast restart. Default: STATE_DIRECTORY, or none." },
  admin: { value: "ADDR@PORT", help: "Serve GET /status over HTTP here." },
} as const;

export const serveVerb: Verb<typeof flags> = {
  name: "serve",
  about: "Answer DNS from zone files, over UDP and TCP, and reload them as they change.",
  flags,
};

/** Runs the verb; the exit code. */
export async function runServe(args: readonly string[], version: string): Promise<number> {
  const given = parseFlags(serveVerb, args).flags;
  const config = withFlags(given.config === undefined ? defaults : readConfig(given.config), given);
  return serve({ config, pop: popIdentity(given.pop, process.env.POP_ID, config.pop), version });
}

/** Paths in a configuration are relative to its own folder. */
function readConfig(file: string): Config {
  let yaml: string;
  try {
    yaml = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([`${file}: ${whyNot("read", error)}`]);
  }
  const config = configFromYaml(yaml, file);
  const base = dirname(resolve(file));
  const zones = config.zones.map((source) => {
    if (typeof source === "string") return resolve(base, source);
    return source?.file === undefined ? source : { ...source, file: resolve(base, source.file) };
  });
  const state = config.state === undefined ? undefined : resolve(base, config.state);
  return { ...config, zones, state };
}

/** systemd sets it (StateDirectory=), with a colon between the first directory and others. */
function stateDirectory(environment: string | undefined): string | undefined {
  return environment?.split(":")[0] || undefined;
}

function withFlags(config: Config, given: Flags<typeof flags>): Config {
  return {
    ...config,
    listen: given.listen?.map((text) => address("--listen", text)) ?? config.listen,
    zones: given.zones === undefined ? config.zones : [given.zones],
    transport: given.transport === undefined ? config.transport : transport(given.transport),
    state: given.state ?? config.state ?? stateDirectory(process.env.STATE_DIRECTORY),
    admin: given.admin === undefined ? config.admin : address("--admin", given.admin),
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
