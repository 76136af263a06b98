/** The DaemonSet: what it mounts, asks and starts fits together, and with the image. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parseFlags } from "../../src/cli/flags.ts";
import { serveVerb } from "../../src/cli/serve.ts";
import { instructionsOf, textsOf } from "./dockerfile.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const NODE = join(ROOT, "node_modules/.bin/node");

interface Probe {
  readonly httpGet: { readonly host: string; readonly port: number; readonly path: string };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly ports?: readonly { readonly containerPort: number; readonly protocol: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPathExpr?: string;
  }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

const documents = parseAllDocuments(readFileSync(join(ROOT, "deploy/kubernetes/daemonset.yaml"), "utf8"));
const [namespace, config, daemons] = documents.map((one) => one.toJS());
const pod = daemons.spec.template.spec;
const [container] = pod.containers as Container[];
const popYaml = config.data["pop.yaml"] as string;
const pop = parse(popYaml);

test("it is YAML without errors, in one namespace, and selects its own pods", () => {
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  expect([namespace.kind, config.kind, daemons.kind]).toEqual(["Namespace", "ConfigMap", "DaemonSet"]);
  for (const { metadata } of [config, daemons]) expect(metadata.namespace).toBe(namespace.metadata.name);
  expect(daemons.spec.selector.matchLabels).toEqual(daemons.spec.template.metadata.labels);
});

test("its pop.yaml has no errors", () => {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-kubernetes-"));
  const file = join(folder, "pop.yaml");
  writeFileSync(file, popYaml);
  const { status, stderr } = spawnSync(NODE, [join(ROOT, "src/main.ts"), "check-config", file], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(status, stderr).toBe(0);
});

test("a POP is named as its node, and started with flags that there are", () => {
  const [verb, ...args] = container.args ?? [];
  expect(verb).toBe("serve");
  const { config: file } = parseFlags(serveVerb, args).flags;
  expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toContain(file);
  expect(container.env?.find(({ name }) => name === "POP_ID")?.valueFrom).toEqual({
    fieldRef: { fieldPath: "spec.nodeName" },
  });
});

test("what is mounted is declared, and is where the configuration looks", () => {
  const volumes = pod.volumes.map(({ name }: { name: string }) => name);
  const mounts = [...pod.initContainers, ...pod.containers].flatMap((one: Container) => one.volumeMounts);
  expect(mounts.filter(({ name }) => !volumes.includes(name))).toEqual([]);
  const paths = container.volumeMounts.map(({ mountPath }) => mountPath);
  const seed = container.env?.find(({ name }) => name === "ZONECAST_CREDENTIALS")?.value;
  expect(paths).toEqual(expect.arrayContaining([pop.state, pop.store.tls.ca, seed]));
  // Its own seed only.
  const keys = container.volumeMounts.find(({ mountPath }) => mountPath === seed);
  expect(keys?.subPathExpr).toBe("pop-$(POP_ID).nk");
});

test("it runs as the image's user, with port 53 and nothing else", () => {
  const [user] = textsOf(instructionsOf(join(ROOT, "deploy/docker/Dockerfile")), "USER");
  const { runAsUser, runAsGroup, runAsNonRoot } = pod.securityContext;
  expect([`${runAsUser}:${runAsGroup}`, runAsNonRoot]).toEqual([user, true]);
  expect(container.securityContext).toMatchObject({
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
  });
  expect(pod.hostNetwork).toBe(true);
  expect(container.ports?.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)).toEqual([
    "53/UDP",
    "53/TCP",
  ]);
});

test("probes ask the admin server: whether it lives, and whether it answers", () => {
  const asked = ({ httpGet: { host, port, path } }: Probe) => `${host}@${port} ${path}`;
  expect(asked(container.livenessProbe)).toBe(`${pop.admin} /healthz`);
  expect(asked(container.startupProbe)).toBe(`${pop.admin} /healthz`);
  expect(asked(container.readinessProbe)).toBe(`${pop.admin} /readyz`);
});

test("it has longer to end than a drain takes", () => {
  const { notice, most } = pop.anycast.drain;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(notice + most);
});

test("the image is of this release", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const { image } of [...pod.initContainers, ...pod.containers]) expect(image).toMatch(new RegExp(`:${version}$`));
});
