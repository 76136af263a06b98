/** From nothing to a fleet, with the commands of deploy/nats/README.md: a hub, a far region, POPs in both, a push. */

import { afterAll, expect, vi } from "vitest";
import { ask } from "../../server/asking.ts";
import { type Program, ready, start } from "../../server/program.ts";
import { freePort } from "../../transport/port.ts";
import { Deployed, type DeployedServer, testDeployed } from "./deployed.ts";
import { Fixture } from "./natsfixture.ts";

vi.setConfig({ testTimeout: 60_000 });

const ZONE = `$TTL 300
@ SOA ns hostmaster SERIAL 3600 600 86400 60
@ NS ns
ns A 192.0.2.53
www TXT "SERIAL"
`;
const LEAF = "fra.store.example";

const fixture = new Fixture();
const stopped: Program[] = [];

afterAll(async () => {
  for (const { child, exit } of stopped) {
    child.kill("SIGTERM");
    await exit;
  }
  await fixture.end();
});

/** A configuration as a POP or a publisher has it. */
function config(server: DeployedServer, credentials: string, trust: readonly string[]): string {
  return [
    "store:",
    `  at: ${server.url}`,
    `  credentials: ${credentials}`,
    `  trust: [${trust.map((key) => `"${key}"`).join(", ")}]`,
    "  tls: { ca: ca.pem }",
    "publish: { key: publisher.key }",
    "",
  ].join("\n");
}

async function startPop(
  deployed: Deployed,
  pop: string,
): Promise<{ readonly program: Program; readonly port: number }> {
  const port = await freePort();
  const places = ["--state", `state-${pop}`, "--listen", `127.0.0.1@${port}`, "--pop", pop];
  const { folder: cwd, environment: env } = deployed;
  const program = start(["serve", "--config", `${pop}.yaml`, ...places], { cwd, env });
  stopped.push(program);
  return { program, port };
}

testDeployed(
  "keys, servers, store, mirrors, POPs, push --wait: every POP answers, near the hub and far from it",
  async () => {
    const users = ["--operator", "ops", "--publisher", "ci", "--pop", "lhr1", "--pop", "fra1", "--leaf", LEAF];
    const deployed = await Deployed.make(fixture, ...users);
    const hub = await deployed.hub();
    const leaf = await deployed.leaf(hub, LEAF, "fra");
    deployed.write("ops.yaml", config(hub, "operator-ops.nk", []));
    const made = deployed.run("store", "init", "--config", "ops.yaml");
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining("is ready")]);
    const [key = ""] = /ed25519:\S+/.exec(made.stdout) ?? [];
    deployed.write("far.yaml", config(leaf, "operator-ops.nk", []));
    expect(deployed.run("store", "init", "--config", "far.yaml", "--mirror", "hub").code).toBe(0);

    deployed.write("ci.yaml", config(hub, "publisher-ci.nk", [key]));
    deployed.write("a.example.zone", ZONE.replaceAll("SERIAL", "1"));
    expect(deployed.run("push", "--config", "ci.yaml", "a.example.zone")).toMatchObject({ code: 0 });
    deployed.write("lhr1.yaml", config(hub, "pop-lhr1.nk", [key]));
    deployed.write("fra1.yaml", config(leaf, "pop-fra1.nk", [key]));
    const pops = [await startPop(deployed, "lhr1"), await startPop(deployed, "fra1")];
    for (const { program } of pops) await ready(program);

    deployed.write("a.example.zone", ZONE.replaceAll("SERIAL", "2"));
    const pushed = deployed.run("push", "--config", "ci.yaml", "--wait", "a.example.zone");
    expect([pushed.code, pushed.stdout]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it")]);
    for (const { port } of pops) expect(JSON.stringify(await ask(port, "www.a.example"))).toContain("2");

    const all = [made, pushed].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    const said = [...all, deployed.logs(), ...pops.flatMap(({ program }) => [program.stdout, program.stderr])].join(
      "\n",
    );
    for (const seed of deployed.seeds()) expect(said).not.toContain(seed);
    expect(said).not.toContain("PRIVATE KEY");
  },
);
