/** The fleet of compose.yaml, as far as can be seen without an engine; its keys, its BIRDs and its store are real here. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseFlags } from "../../src/cli/flags.ts";
import { serveVerb } from "../../src/cli/serve.ts";
import { have } from "../support/need.ts";
import { instructionsOf, textsOf } from "./dockerfile.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = join(ROOT, "deploy/docker");
const NODE = join(ROOT, "node_modules/.bin/node");
const POPS = ["lhr1", "fra1", "nyc1"];

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly user?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: Readonly<Record<string, { readonly ipv4_address?: string; readonly ipv6_address?: string }>>;
  readonly stop_grace_period?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
}

const compose = parse(readFileSync(join(FOLDER, "compose.yaml"), "utf8"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const pops = POPS.map((name) => [name, compose.services[name]] as const);
const serveFlags = ({ command = [] }: Service) => parseFlags(serveVerb, command.slice(1)).flags;

const there = have("openssl", spawnSync("which", ["openssl"]).status === 0);

describe.runIf(there)("what prepare.sh makes", () => {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-compose-"));
  const prepare = () =>
    spawnSync("sh", [join(FOLDER, "prepare.sh"), folder], {
      env: { ...process.env, ZONECAST: `${NODE} ${join(ROOT, "src/main.ts")}` },
      encoding: "utf8",
    });

  beforeAll(() => {
    const { status, stderr } = prepare();
    expect(status, stderr).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("every file that is mounted is in the repository, or made by it", () => {
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")[0]));
    const missing = sources.filter((source) => {
      if (!source.startsWith(".")) return !(source in compose.volumes);
      return !existsSync(join(FOLDER, source)) && !existsSync(join(folder, source));
    });
    expect(missing).toEqual([]);
    expect(sources.length).toBeGreaterThan(20);
  });

  test("a second run keeps keys and .env", () => {
    const kept = ["secrets/users/pop-lhr1.nk", "secrets/store.key", "secrets/ca.pem", ".env"];
    const read = () => kept.map((name) => readFileSync(join(folder, name), "utf8"));
    const before = read();
    expect(prepare().status).toBe(0);
    expect(read()).toEqual(before);
  });

  test("the store's certificate is for the name that POPs and tools ask for, by the authority that they know", () => {
    const inFolder = (name: string) => join(folder, "secrets", name);
    const verified = spawnSync("openssl", ["verify", "-CAfile", inFolder("ca.pem"), inFolder("store.pem")]);
    expect(verified.status).toBe(0);
    const named = spawnSync("openssl", ["x509", "-noout", "-checkhost", "store", "-in", inFolder("store.pem")]);
    expect(named.stdout.toString()).toContain("does match");
    for (const file of ["pop.yaml", "tools.yaml"]) {
      expect(parse(readFileSync(join(FOLDER, file), "utf8")).store.at).toBe("nats://store:4222");
    }
  });

  test("git and the engine never see them", () => {
    const ignored = readFileSync(join(ROOT, ".gitignore"), "utf8").split("\n");
    expect(ignored).toEqual(expect.arrayContaining(["deploy/docker/secrets/", "deploy/docker/.env"]));
  });
});

test("pop.yaml and tools.yaml have no errors", () => {
  for (const file of ["pop.yaml", "tools.yaml"]) {
    const args = [join(ROOT, "src/main.ts"), "check-config", join(FOLDER, file)];
    const { status, stderr } = spawnSync(NODE, args, { encoding: "utf8" });
    expect(status, stderr).toBe(0);
  }
});

test("images are built from files that are there, and networks are declared", () => {
  const built = new Map<string, string>();
  for (const [name, { image, build, networks = {} }] of services) {
    if (build) built.set(image, join(FOLDER, build.context, build.dockerfile));
    const named = Array.isArray(networks) ? networks : Object.keys(networks);
    expect(
      named.filter((network) => !(network in compose.networks)),
      name,
    ).toEqual([]);
  }
  for (const file of built.values()) expect(existsSync(file), file).toBe(true);
  const images = services.map(([, { image }]) => image).filter((image) => image.startsWith("zonecast"));
  expect(images.filter((image) => !built.has(image))).toEqual([]);
});

test.each(pops)("%s is started with flags that there are, at addresses that it has", (name, pop) => {
  const { listen, ask, config } = serveFlags(pop);
  const address = pop.networks?.transit.ipv4_address;
  expect(pop.command?.[0]).toBe("serve");
  expect(ask).toEqual([`${address}@53`]);
  expect(listen).toEqual(["198.51.100.53@53", "2001:db8:53::53@53", `${address}@53`]);
  expect(pop.volumes).toContain(`./pop.yaml:${config}:ro`);
  expect(pop.environment?.POP_ID).toBe(name);
  // Its own seed, where it is told to look for it.
  expect(pop.volumes).toContain(`./secrets/users/pop-${name}.nk:${pop.environment?.ZONECAST_CREDENTIALS}:ro`);
});

test.each(pops)("%s runs as the image's user, with port 53 and nothing else, and has time to drain", (_, pop) => {
  const [user] = textsOf(instructionsOf(join(FOLDER, "Dockerfile")), "USER");
  expect([pop.user, pop.cap_drop, pop.cap_add]).toEqual([user, ["ALL"], ["NET_BIND_SERVICE"]]);
  const { drain } = parse(readFileSync(join(FOLDER, "pop.yaml"), "utf8")).anycast;
  expect(Number.parseInt(pop.stop_grace_period ?? "", 10)).toBeGreaterThan(drain.notice + drain.most);
});

describe.runIf(have("bird", spawnSync("which", ["bird"]).status === 0))("BIRD's configurations", () => {
  const made = (role: string, environment: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), "zonecast-bird-"));
    const own = { BIRD_EXAMPLES: join(ROOT, "deploy/bird"), BIRD_FOLDER: folder };
    const { status, stderr } = spawnSync("sh", [join(FOLDER, "bird.sh"), role, "-p"], {
      env: { ...process.env, ...own, ...environment },
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    const text = readFileSync(join(folder, "bird.conf"), "utf8");
    rmSync(folder, { recursive: true });
    return text;
  };
  const router = made("router", {});

  test.each(pops)("%s's is understood, and the router has a session to it", (name, pop) => {
    const bird = compose.services[`${name}-bird`];
    const environment = bird.environment ?? {};
    const { ipv4_address: four, ipv6_address: six } = pop.networks?.transit ?? {};
    expect(bird.network_mode).toBe(`service:${name}`);
    expect([environment.BIRD_LINK4, environment.BIRD_LINK6]).toEqual([four, six]);
    const text = made("pop", environment);
    expect(text).toContain(`router id ${four};`);
    expect(text).toContain(`local ${four} as MYAS;`);
    expect(text).toContain(`local ${six} as MYAS;`);
    expect(text).toContain(`define POP = ${environment.BIRD_POP};`);
    expect(router).toContain(`neighbor ${four} as CUSTOMER;`);
    expect(router).toContain(`neighbor ${six} as CUSTOMER;`);
  });

  test("POPs have numbers of their own, and addresses that are served", () => {
    const birds = POPS.map((name) => compose.services[`${name}-bird`].environment ?? {});
    expect(new Set(birds.map(({ BIRD_POP }) => BIRD_POP)).size).toBe(3);
    const { prefixes } = parse(readFileSync(join(FOLDER, "pop.yaml"), "utf8")).anycast;
    const served = prefixes.flatMap(({ addresses }: { addresses: string[] }) => addresses).join(" ");
    for (const { BIRD_SERVED } of birds) expect(BIRD_SERVED).toBe(served);
  });

  test("a role that there is not is an error", () => {
    const { status, stderr } = spawnSync("sh", [join(FOLDER, "bird.sh"), "switch"], {
      env: { ...process.env, BIRD_FOLDER: join(tmpdir(), "zonecast-no-bird") },
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([2, 'bird.sh: expected pop or router, got "switch"\n']);
  });
});
