/** zonecast log, diff and show: what the store says of a zone. */

import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Folder, folder, hostsZone } from "./publisher.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let desk: Folder;

beforeAll(async () => {
  desk = await folder();
  for (const serial of [1, 2]) {
    desk.write("a.example.zone", hostsZone(serial, 3, { 0: `198.51.100.${serial}` }));
    await desk.run("push", "a.example.zone", "--why", `change ${serial}`, "--by", `user${serial}@host`);
  }
});

describe("log", () => {
  test("the newest first: action, version, serial, records, when, who, why", async () => {
    const { code, stdout } = await desk.run("log", "a.example");
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^push {2}version 2 {2}serial 2 {2}6 records {2}2\d{3}-\S+Z {2}user2@host {2}change 2$/);
    expect(lines[1]).toMatch(/^push {2}version 1 {2}serial 1 {2}6 records {2}2\d{3}-\S+Z {2}user1@host {2}change 1$/);
    expect(lines).toHaveLength(3);
  });

  test("--json", async () => {
    const { stdout } = await desk.run("log", "a.example", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      zone: "a.example.",
      untrusted: 0,
      entries: [
        { id: 2, action: "push", by: "user2@host", why: "change 2", version: 2, serial: 2, records: 6, names: 5 },
        { id: 1, action: "push", by: "user1@host", why: "change 1", version: 1, serial: 1 },
      ],
    });
  });

  test("a zone that the store does not have: 1; no zone: 2", async () => {
    const { code, stderr } = await desk.run("log", "b.example");
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("has no zone b.example.: publish it with zonecast push"),
    ]);
    expect((await desk.run("log")).code).toBe(2);
    expect((await desk.run("log", "a..example")).stderr).toContain('"a..example" is no zone\'s name');
  });

  test("with other trusted keys nothing is believed", async () => {
    const key = `ed25519:${Buffer.alloc(32, 9).toString("base64")}`;
    desk.environment.ZONECAST_TRUST = key;
    const { code, stderr } = await desk.run("log", "a.example");
    delete desk.environment.ZONECAST_TRUST;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("no manifest of a.example. is signed by a key that is trusted here"),
    ]);
  });
});

describe("diff", () => {
  const change = "- h0.a.example. 300 IN A 198.51.100.1\n+ h0.a.example. 300 IN A 198.51.100.2\n";

  test("two versions, live, and a file", async () => {
    expect((await desk.run("diff", "a.example", "1", "2")).stdout).toContain(`SOA serial 1 -> 2\n${change}`);
    expect((await desk.run("diff", "a.example", "1", "live")).stdout).toContain(change);
    desk.write("new.txt", hostsZone(3, 3, { 0: "198.51.100.3" }));
    expect((await desk.run("diff", "a.example", "new.txt")).stdout).toContain("+ h0.a.example. 300 IN A 198.51.100.3");
  });

  test("--json", async () => {
    const { stdout } = await desk.run("diff", "a.example", "1", "2", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      zone: "a.example.",
      serials: { before: 1, after: 2 },
      rrsets: { changed: 1, list: [{ owner: "h0.a.example.", lost: ["198.51.100.1"], gained: ["198.51.100.2"] }] },
    });
  });

  test("a version that there is not, a file that can't be read", async () => {
    const version = await desk.run("diff", "a.example", "1", "7");
    expect([version.code, version.stderr]).toEqual([1, expect.stringContaining("has no version 7: there is 2, 1")]);
    const file = await desk.run("diff", "a.example", "1", "nowhere.zone");
    expect([file.code, file.stderr]).toEqual([1, expect.stringContaining("nowhere.zone: error: can't read")]);
  });
});

describe("show", () => {
  test("what is live, or a version, as a master file that loads", async () => {
    const live = await desk.run("show", "a.example");
    expect(live.stdout).toMatch(
      /^a\.example\. 300 IN SOA ns\.a\.example\. hostmaster\.a\.example\. 2 3600 600 86400 60\n/,
    );
    const old = await desk.run("show", "a.example@1");
    expect(old.stdout).toContain("h0.a.example. 300 IN A 198.51.100.1\n");
    expect(old.stdout.split("\n")).toHaveLength(7);
    desk.write("again.txt", old.stdout);
    expect((await desk.run("check", "again.txt")).stdout).toContain("ok: zone a.example. serial 1, 6 records");
  });

  test("--manifest", async () => {
    const { stdout } = await desk.run("show", "a.example@1", "--manifest");
    expect(JSON.parse(stdout)).toMatchObject({
      zone: "a.example.",
      id: 1,
      by: "user1@host",
      versions: [{ version: 1 }],
    });
    expect(JSON.parse((await desk.run("show", "a.example", "--manifest")).stdout)).toMatchObject({ id: 2 });
  });
});
