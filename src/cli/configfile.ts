/** Reads a configuration file, with the paths in it made those of its own folder. */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type AdminSettings, adminSettings } from "../config/admin.ts";
import { ConfigError, configFromYaml, placeInYaml } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import type { Listen } from "../text/listen.ts";
import { whyNot } from "../text/systemerror.ts";

const SQLITE = "sqlite:";
const UNIX = "unix:";

/** A configuration as --config names it. Throws ConfigError. */
export function readConfig(file: string): Config {
  let yaml: string;
  try {
    yaml = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([`${file}: ${whyNot("read", error)}`]);
  }
  const config = configFromYaml(yaml, file);
  const base = dirname(resolve(file));
  return {
    ...config,
    zones: config.zones.map((source) => {
      if (typeof source === "string") return resolve(base, source);
      return source?.file === undefined ? source : { ...source, file: resolve(base, source.file) };
    }),
    state: within(base, config.state),
    control: within(base, config.control),
    summary: within(base, config.summary),
    querylog: { ...config.querylog, to: outputWithin(base, config.querylog.to) },
    dnstap: { ...config.dnstap, socket: within(base, config.dnstap.socket) },
    store: storeWithin(base, config.store),
    tls: { ...config.tls, cert: within(base, config.tls.cert), key: within(base, config.tls.key) },
    publish: { ...config.publish, key: within(base, config.publish.key) },
  };
}

/** The admin server that a configuration, a flag and ZONECAST_ADMIN_TOKEN make together. Throws ConfigError. */
export function adminOf(config: Config, file: string | undefined, flag?: Listen): AdminSettings | undefined {
  const { settings, wrong } = adminSettings(config.admin, flag, process.env.ZONECAST_ADMIN_TOKEN);
  if (wrong === undefined) return settings;
  const isInFile = flag === undefined && file !== undefined && wrong.startsWith("admin:");
  throw new ConfigError([isInFile ? `${placeInYaml(readFileSync(file, "utf8"), file, ["admin"])}  ${wrong}` : wrong]);
}

/** Whether the certificate for TLS can be used, if there is one. Rejects with ConfigError. */
export async function checkTls({ tls: { cert, key } }: Config, file: string): Promise<void> {
  if (cert === undefined || key === undefined) return;
  const { CertificateError, readCertificate } = await import("../server/tls/certificate.ts");
  try {
    await readCertificate({ cert, key });
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    const place = placeInYaml(readFileSync(file, "utf8"), file, ["tls", error.option]);
    throw new ConfigError([`${place}  ${error.message}`]);
  }
}

function within(base: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(base, path);
}

function outputWithin(base: string, to: string): string {
  if (to === "-") return to;
  return to.startsWith(UNIX) ? UNIX + resolve(base, to.slice(UNIX.length)) : resolve(base, to);
}

function storeWithin(base: string, store: Config["store"]): Config["store"] {
  if (store === undefined) return undefined;
  if (typeof store === "string") return placeWithin(base, store);
  const { ca, cert, key } = store.tls;
  return {
    ...store,
    at: store.at === undefined ? undefined : placeWithin(base, store.at),
    credentials: within(base, store.credentials),
    tls: { ca: within(base, ca), cert: within(base, cert), key: within(base, key) },
  };
}

function placeWithin(base: string, place: string): string {
  return place.startsWith(SQLITE) ? SQLITE + resolve(base, place.slice(SQLITE.length)) : place;
}
