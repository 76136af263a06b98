/** zonecast store users: keys that only their users read, and one file of rights that grows. */

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OPERATOR, PUBLISHER, popRights } from "../../src/sync/store/natsrights.ts";
import { natsKeyOf, readUsers } from "../../src/sync/store/natsusers.ts";
import { directoryWith, type Exit, type Program, run } from "../server/program.ts";

/** Runs the verb in a folder; `users.conf` and the seeds are in its "keys". */
async function users(folder: string, ...args: readonly string[]): Promise<Program & Exit> {
  return await run(["store", "users", "--to", "keys", ...args], { cwd: folder });
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, "keys", name), "utf8");
}

test("a seed for each that only its owner reads; users.conf has the keys that belong to them, and the rights", async () => {
  const folder = directoryWith();
  const names = [
    "--operator",
    "ops",
    "--publisher",
    "ci",
    "--pop",
    "lhr1",
    "--pop",
    "fra 1",
    "--leaf",
    "fra.example.net",
  ];
  const { code, stdout, stderr } = await users(folder, ...names);
  expect([code, stderr]).toEqual([0, expect.stringContaining("users.conf: 5 users")]);
  const seeds = ["operator-ops.nk", "pop-fra=201.nk", "pop-lhr1.nk", "publisher-ci.nk"];
  expect(readdirSync(join(folder, "keys")).sort()).toEqual([...seeds, "users.conf"]);
  expect(statSync(join(folder, "keys")).mode & 0o777).toBe(0o700);
  const conf = read(folder, "users.conf");
  for (const seed of seeds) {
    expect(statSync(join(folder, "keys", seed)).mode & 0o777).toBe(0o600);
    expect(conf).toContain(`nkey: ${natsKeyOf(read(folder, seed))}, `);
    for (const text of [conf, stdout, stderr]) expect(text).not.toContain(read(folder, seed).trim());
  }
  const lines = conf.split("\n");
  const rights = (title: string) => lines[lines.indexOf(`  # ${title}`) + 1];
  for (const [title, { publish, subscribe }] of [
    ["operator ops", OPERATOR],
    ["publisher ci", PUBLISHER],
    ["pop fra=201", popRights("fra 1")],
  ] as const) {
    expect(rights(title)).toContain(`publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(subscribe)}`);
  }
  expect(rights("leaf fra.example.net")).toContain('user: "fra.example.net", allowed_connection_types: ["LEAFNODE"]');
});

test("again with more: who is there keeps the key, also when the seed has gone to its user", async () => {
  const folder = directoryWith();
  await users(folder, "--pop", "lhr1", "--leaf", "fra.example.net");
  const before = read(folder, "users.conf");
  const seed = read(folder, "pop-lhr1.nk");
  expect((await users(folder, "--pop", "lhr1", "--pop", "sin1")).code).toBe(0);
  expect(read(folder, "pop-lhr1.nk")).toBe(seed);
  rmSync(join(folder, "keys", "pop-lhr1.nk"));
  expect((await users(folder, "--pop", "lhr1", "--publisher", "ci")).code).toBe(0);
  expect(readdirSync(join(folder, "keys")).sort()).toEqual(["pop-sin1.nk", "publisher-ci.nk", "users.conf"]);
  const after = read(folder, "users.conf");
  for (const line of before.split("\n")) expect(after).toContain(line);
  expect((await users(folder)).code).toBe(0);
  expect(read(folder, "users.conf")).toBe(after);
});

test("a seed whose user is in no users.conf is taken up, not replaced", async () => {
  const folder = directoryWith();
  await users(folder, "--pop", "lhr1");
  const [seed, conf] = [read(folder, "pop-lhr1.nk"), read(folder, "users.conf")];
  rmSync(join(folder, "keys", "users.conf"));
  await users(folder, "--pop", "lhr1");
  expect([read(folder, "pop-lhr1.nk"), read(folder, "users.conf")]).toEqual([seed, conf]);
});

test("who was taken out by hand stays out", async () => {
  const folder = directoryWith();
  await users(folder, "--pop", "lhr1", "--pop", "sin1");
  const conf = read(folder, "users.conf");
  writeFileSync(join(folder, "keys", "users.conf"), conf.replace(/ {2}# pop lhr1\n.*\n/, ""));
  await users(folder, "--pop", "fra1");
  const after = readUsers(read(folder, "users.conf"));
  expect("users" in after && after.users.map(({ name }) => name)).toEqual(["fra1", "sin1"]);
});

test("what is not as it wrote it is never written over", async () => {
  const folder = directoryWith();
  await users(folder, "--pop", "lhr1");
  const conf = read(folder, "users.conf").replace("# pop lhr1", "# pop lhr1 in the attic");
  writeFileSync(join(folder, "keys", "users.conf"), conf);
  const edited = await users(folder, "--pop", "sin1");
  const line = conf.split("\n").findIndex((text) => text.includes("attic")) + 1;
  expect(edited.code).toBe(2);
  expect(edited.stderr).toContain(`keys/users.conf:${line}: not as zonecast store users writes it`);
  expect(read(folder, "users.conf")).toBe(conf);
  rmSync(join(folder, "keys", "users.conf"));
  writeFileSync(join(folder, "keys", "pop-lhr1.nk"), "not a seed");
  const damaged = await users(folder, "--pop", "lhr1");
  expect([damaged.code, damaged.stderr]).toEqual([2, expect.stringContaining("pop-lhr1.nk holds no seed of an nkey")]);
  expect(damaged.stderr).not.toContain("not a seed");
  expect(read(folder, "pop-lhr1.nk")).toBe("not a seed");
});

test("a command line that says too little, or what can't be", async () => {
  const folder = directoryWith();
  for (const [args, text] of [
    [["--pop", ""], '--pop: expected a name of 1 to 63 characters, got ""'],
    [["--leaf", "fra\nx"], "--leaf: expected a DNS name, as in its certificate"],
    [[], "whom for? Say --operator, --publisher, --pop or --leaf NAME"],
  ] as const) {
    const { code, stderr } = await users(folder, ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
  }
  const { code, stderr } = await run(["store", "users", "--pop", "lhr1"], { cwd: folder });
  expect([code, stderr]).toEqual([2, expect.stringContaining("where to? Say --to DIR")]);
  expect(readdirSync(folder)).toEqual([]);
});
