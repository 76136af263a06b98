/** zonecast push --wait, with POPs that follow the store: proof by a real answer, and what is said of who gives none. */

import { beforeAll, expect, test, vi } from "vitest";
import { ask } from "../server/asking.ts";
import { type Program, ready } from "../server/program.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { type Folder, folder, hostsZone, manifestOf } from "./publisher.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A zone whose TXT at www is the word. */
function zone(serial: number, word: string): string {
  return `${hostsZone(serial, 3)}www TXT "${word}"\n`;
}

let desk: Folder;
const pops: Record<string, { readonly program: Program; readonly port: number }> = {};

async function startPop(pop: string, ...args: readonly string[]): Promise<void> {
  const port = await freePort();
  const places = ["--state", `state-${pop}`, "--listen", `127.0.0.1@${port}`, "--pop", pop];
  const program = desk.start("serve", "--store", desk.where, ...places, ...args);
  await ready(program);
  pops[pop] = { program, port };
}

/** What a POP answers. */
async function wordAt(pop: string): Promise<string | undefined> {
  const outcome = await ask(pops[pop]?.port ?? 0, "www.a.example");
  return JSON.stringify(outcome);
}

beforeAll(async () => {
  desk = await folder({ files: { "a.example.zone": zone(1, "first") } });
  desk.write("pop.yaml", "publish:\n  waves:\n    - to: canary\n      bake: 1\n    - to: '*'\n      bake: 0\n");
  const { code } = await desk.run("push", "a.example.zone");
  expect(code).toBe(0);
  await Promise.all([startPop("lhr1", "--group", "canary"), startPop("sin1")]);
});

test("it ends when every POP answers with the new version", async () => {
  desk.write("a.example.zone", zone(2, "second"));
  const { code, stdout, stderr } = await desk.run("push", "a.example.zone", "--wait", "--json");
  expect([code, stderr]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it")]);
  for (const pop of ["lhr1", "sin1"]) expect(await wordAt(pop)).toContain("second");
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: "published",
    waited: {
      outcome: "proven",
      pops: [
        { pop: "lhr1", standing: "proven" },
        { pop: "sin1", standing: "proven" },
      ],
    },
  });
});

test("the same again: nothing is published, and POPs are asked all the same", async () => {
  const { code, stdout } = await desk.run("push", "a.example.zone", "--wait");
  expect(code).toBe(0);
  expect(stdout).toContain("nothing to publish, a.example. unchanged");
  expect(stdout).toContain("2 of 2 POPs answer with it");
});

test("with waves it goes to the canary first, then to the rest", async () => {
  desk.write("a.example.zone", zone(3, "third"));
  const { code, stdout } = await desk.run("push", "a.example.zone", "--wait", "--config", "pop.yaml");
  expect(code).toBe(0);
  for (const pop of ["lhr1", "sin1"]) expect(await wordAt(pop)).toContain("third");
  expect(stdout.indexOf("lhr1 proven")).toBeLessThan(stdout.indexOf("sin1 proven"));
  expect((await manifestOf(desk, "a.example."))?.rollout).toBeUndefined();
});

test("a POP that does not answer is named, and it is published all the same: 5", async () => {
  pops.sin1?.program.child.kill("SIGSTOP");
  desk.write("a.example.zone", zone(4, "fourth"));
  const { code, stdout } = await desk.run("push", "a.example.zone", "--wait", "--timeout", "2");
  pops.sin1?.program.child.kill("SIGCONT");
  expect(code).toBe(5);
  expect(stdout).toMatch(/^1 of 2 POPs answer with it; sin1 /m);
  expect((await manifestOf(desk, "a.example."))?.versions[0]?.serial).toBe(4);
  expect((await desk.run("push", "a.example.zone", "--wait")).code).toBe(0);
});

test("POPs that have just begun on an empty store, and are not ready before the first zone comes, are waited for", async () => {
  const empty = await folder({ files: { "a.example.zone": zone(1, "first") } });
  const places = await Promise.all(
    ["ams1", "fra1"].map(async (pop) => ["--pop", pop, "--state", pop, "--listen", `127.0.0.1@${await freePort()}`]),
  );
  const programs = places.map((place) => empty.start("serve", "--store", empty.where, ...place));
  const store = await empty.open();
  while ((await store.reports()).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  await store.close();
  const { code, stdout } = await empty.run("push", "a.example.zone", "--wait");
  expect([code, stdout]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it\nit took p50 ")]);
  for (const { child } of programs) child.kill("SIGTERM");
  await Promise.all(programs.map(({ exit }) => exit));
});

test("Ctrl-C while waiting: it is published, and not proven", async () => {
  pops.sin1?.program.child.kill("SIGSTOP");
  desk.write("a.example.zone", zone(5, "fifth"));
  const program = desk.start("push", "a.example.zone", "--wait");
  await until(() => program.stdout.includes("lhr1 proven"), "the first POP to be proven", 20_000);
  program.child.kill("SIGINT");
  const { code } = await program.exit;
  pops.sin1?.program.child.kill("SIGCONT");
  expect(code).toBe(5);
  expect((await manifestOf(desk, "a.example."))?.versions[0]?.serial).toBe(5);
});
