/** zonecast push: what it refuses, why, and its exit codes. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { folder, hostsZone, manifestOf, signedZone } from "./publisher.ts";

vi.setConfig({ testTimeout: 60_000 });

describe("what is refused, and then nothing is published", () => {
  test("a file that doesn't parse: every problem with its place, and the others stay unpublished", async () => {
    const desk = await folder();
    desk.write("zones/bad.example.zone", `${hostsZone(1, 1)}x A 192.0.2.256\n`);
    desk.write("zones/good.example.zone", hostsZone(1, 3));
    const { code, stdout } = await desk.run("push", "zones");
    expect(code).toBe(1);
    expect(stdout).toMatch(/bad\.example\.zone:6:5: error: /);
    expect(stdout).toContain("nothing was published: 1 zone refused\n");
    expect(await manifestOf(desk, "good.example.")).toBeUndefined();
  });

  test("a guard; it is let through by its name with a reason, which the history keeps", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 50), "b.example.zone": hostsZone(1, 3) } });
    await desk.run("push", "a.example.zone");
    desk.write("a.example.zone", hostsZone(2, 10));
    const refused = await desk.run("push", "a.example.zone", "b.example.zone");
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^a\.example\. refused: shrink: names fall from 52 to 12/m);
    expect(await manifestOf(desk, "b.example.")).toBeUndefined();
    const other = await desk.run("push", "a.example.zone", "--allow", "ttl", "--why", "not this one");
    expect(other.code).toBe(1);
    const allowed = await desk.run(
      "push",
      "a.example.zone",
      "b.example.zone",
      "--allow",
      "shrink",
      "--why",
      "moved away",
    );
    expect([allowed.code, allowed.stderr]).toEqual([0, ""]);
    expect((await manifestOf(desk, "a.example."))?.versions[0]).toMatchObject({
      why: "moved away",
      by: "alice@desk",
      overrides: [{ guard: "shrink", found: expect.stringContaining("names fall from 52 to 12") }],
    });
    expect((await manifestOf(desk, "b.example."))?.versions[0]?.overrides).toBeUndefined();
    expect((await desk.run("log", "a.example")).stdout).toContain("--allow shrink: names fall");
  });

  test("a serial that was not raised, or goes backwards (RFC 1982)", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(10, 3) } });
    await desk.run("push", "a.example.zone");
    for (const serial of [10, 9, (10 + 2 ** 31) % 2 ** 32]) {
      desk.write("a.example.zone", hostsZone(serial, 4));
      const { code, stdout } = await desk.run("push", "a.example.zone");
      expect([code, stdout]).toEqual([1, expect.stringMatching(/refused: serial-backwards: serial \d+ is /)]);
    }
    desk.write("a.example.zone", hostsZone((10 + 2 ** 31 - 1) % 2 ** 32, 4));
    expect((await desk.run("push", "a.example.zone")).code).toBe(0);
  });

  test("the serial of a signed zone is never another than was signed", async () => {
    const desk = await folder({ files: { "s.example.zone": signedZone(10, 3) } });
    expect((await desk.run("push", "s.example.zone", "--serial", "date")).code).toBe(0);
    expect((await manifestOf(desk, "s.example."))?.versions[0]?.serial).toBe(10);
    desk.write("s.example.zone", signedZone(10, 4));
    const { code, stdout } = await desk.run("push", "s.example.zone", "--serial", "counter");
    expect([code, stdout]).toEqual([1, expect.stringContaining("sign the zone again with a higher serial")]);
    desk.write("s.example.zone", signedZone(11, 4));
    expect((await desk.run("push", "s.example.zone", "--serial", "counter")).code).toBe(0);
  });

  test("two files with one zone", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3), "db.a.example": hostsZone(1, 3) } });
    const { code, stdout } = await desk.run("push", "a.example.zone", "db.a.example");
    expect(code).toBe(1);
    expect(stdout).toContain("db.a.example: error: a.example. is in a.example.zone already");
    expect(await manifestOf(desk, "a.example.")).toBeUndefined();
  });

  test("a zone in the middle of a rollout", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
    desk.write("pop.yaml", "publish:\n  waves:\n    - to: canary\n      bake: 600\n    - to: '*'\n");
    await desk.run("push", "a.example.zone", "--config", "pop.yaml");
    expect((await manifestOf(desk, "a.example."))?.rollout).toBeUndefined();
    desk.write("a.example.zone", hostsZone(2, 4));
    const hint =
      "a.example. version 2 is at wave 1 of 2 (canary)\nzonecast rollout ZONE --wait, or zonecast conduct, brings it on\n";
    for (const said of ["published 1 zone", "nothing to publish, a.example. unchanged"]) {
      const { code, stdout } = await desk.run("push", "a.example.zone", "--config", "pop.yaml");
      expect([code, stdout]).toEqual([0, expect.stringContaining(`${said}\n${hint}`)]);
    }
    expect(await manifestOf(desk, "a.example.")).toMatchObject({
      targets: [
        { group: "canary", version: 2 },
        { group: "*", version: 1 },
      ],
      versions: [{ version: 2 }, { version: 1 }],
      rollout: {
        version: 2,
        from: 1,
        wave: 0,
        state: "running",
        waves: [{ to: ["canary"], bake: 600 }, { to: ["*"] }],
      },
    });
    desk.write("a.example.zone", hostsZone(3, 5));
    const { code, stdout } = await desk.run("push", "a.example.zone");
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("version 2 is being rolled out (wave 1 of 2, running)"),
    ]);
    const shown = await desk.run("show", "a.example@1");
    expect(shown.stdout.split("\n")).toHaveLength(7);
  });
});

describe("stores and keys that will not do", () => {
  test("no store there: 4; a key that is missing, broken or not trusted: 2", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
    const other = await folder();
    const nowhere = await desk.run("push", "a.example.zone", "--store", "sqlite:nowhere.db", "--key", "store.db.key");
    expect([nowhere.code, nowhere.stderr]).toEqual([4, expect.stringContaining('make one with "zonecast store init"')]);
    const noKey = await desk.run("push", "a.example.zone", "--key", "no.key");
    expect([noKey.code, noKey.stderr]).toEqual([2, expect.stringMatching(/^no\.key: can't read: no such file.*--key/)]);
    writeFileSync(join(desk.path, "bad.key"), "secret");
    const badKey = await desk.run("push", "a.example.zone", "--key", "bad.key");
    expect([badKey.code, badKey.stderr]).toEqual([2, expect.stringContaining("bad.key: not a private key in PEM")]);
    const strange = await desk.run("push", "a.example.zone", "--key", join(other.path, "store.db.key"));
    expect([strange.code, strange.stderr]).toEqual([
      2,
      expect.stringContaining(
        "this key may not publish here, as it is not trusted by this store: run zonecast store init",
      ),
    ]);
  });

  test("a head that nobody trusted has signed is not written over, unless that is meant", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
    await desk.run("push", "a.example.zone");
    const store = await desk.open();
    const head = await store.head("a.example.");
    const forged = Buffer.from(head?.octets ?? []);
    forged[40] = (forged[40] ?? 0) ^ 1;
    await store.swap([{ zone: "a.example.", octets: forged, expected: head?.revision ?? 0 }]);
    await store.close();
    desk.write("a.example.zone", hostsZone(2, 4));
    const { code, stdout } = await desk.run("push", "a.example.zone");
    expect([code, stdout]).toEqual([1, expect.stringMatching(/refused: unreadable: the manifest of a\.example\. is /)]);
    expect((await desk.run("push", "a.example.zone", "--allow", "unreadable", "--why", "forged")).code).toBe(0);
    expect(await manifestOf(desk, "a.example.")).toMatchObject({ id: 2, versions: [{ version: 2, serial: 2 }] });
  });

  test("a manifest of a later format: upgrade first, and nothing allows it", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
    await desk.run("push", "a.example.zone");
    const store = await desk.open();
    const head = await store.head("a.example.");
    const future = Buffer.from(head?.octets ?? []);
    future[3] = 9;
    await store.swap([{ zone: "a.example.", octets: future, expected: head?.revision ?? 0 }]);
    await store.close();
    const { code, stderr } = await desk.run("push", "a.example.zone", "--allow", "unreadable", "--why", "x");
    expect([code, stderr]).toEqual([1, expect.stringContaining("has format 9, and this zonecast reads 1: upgrade")]);
  });
});
