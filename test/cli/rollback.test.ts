/** zonecast rollback and remove: old content under a new serial, and zones that go. */

import { describe, expect, test, vi } from "vitest";
import { folder, hostsZone, manifestOf, signedZone } from "./publisher.ts";

vi.setConfig({ testTimeout: 60_000 });

describe("rollback", () => {
  test("to the version before, then to the one before that; each under a higher serial", async () => {
    const desk = await folder();
    for (const version of [1, 2, 3]) {
      desk.write("a.example.zone", hostsZone(version * 10, 5, { 0: `198.51.100.${version}` }));
      await desk.run("push", "a.example.zone");
    }
    const first = await desk.run("rollback", "a.example", "--why", "wrong address");
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toContain(
      "a.example. SOA serial 30 -> 31\n- h0.a.example. 300 IN A 198.51.100.3\n+ h0.a.example. 300 IN A 198.51.100.2\n",
    );
    expect(await manifestOf(desk, "a.example.")).toMatchObject({
      action: "rollback",
      why: "wrong address",
      targets: [{ group: "*", version: 4 }],
      versions: [{ version: 4, serial: 31, restores: 2 }],
    });
    expect((await desk.run("rollback", "A.Example.")).stdout).toContain("+ h0.a.example. 300 IN A 198.51.100.1\n");
    const last = await desk.run("rollback", "a.example");
    expect([last.code, last.stderr]).toEqual([1, expect.stringContaining("no earlier version to go back to")]);
    const named = await desk.run("rollback", "a.example", "--to", "3");
    expect(named.stdout).toContain("SOA serial 32 -> 33\n");
    const again = await desk.run("rollback", "a.example", "--to", "3");
    expect([again.code, again.stdout]).toEqual([0, "nothing to publish, a.example. unchanged\n"]);
    const never = await desk.run("rollback", "a.example", "--to", "9");
    expect([never.code, never.stderr]).toEqual([
      1,
      expect.stringContaining("has no version 9: there is 6, 5, 4, 3, 2, 1"),
    ]);
  });

  test("in the middle of a rollout: the version that it began with, for everybody", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
    desk.write("pop.yaml", "publish:\n  waves:\n    - to: canary\n    - to: '*'\n");
    await desk.run("push", "a.example.zone", "--config", "pop.yaml");
    desk.write("a.example.zone", hostsZone(2, 4));
    await desk.run("push", "a.example.zone", "--config", "pop.yaml");
    expect((await desk.run("rollback", "a.example", "--config", "pop.yaml")).code).toBe(0);
    const manifest = await manifestOf(desk, "a.example.");
    expect(manifest).toMatchObject({
      targets: [{ group: "*", version: 3 }],
      versions: [{ version: 3, serial: 3, restores: 1 }],
    });
    expect(manifest?.rollout).toBeUndefined();
    desk.write("a.example.zone", hostsZone(4, 4));
    expect((await desk.run("push", "a.example.zone", "--at-once", "--config", "pop.yaml")).code).toBe(0);
    expect((await manifestOf(desk, "a.example."))?.rollout).toBeUndefined();
  });

  test("a signed zone keeps its serial, which goes backwards: only when that is meant", async () => {
    const desk = await folder();
    for (const serial of [10, 11]) {
      desk.write("s.example.zone", signedZone(serial, serial));
      await desk.run("push", "s.example.zone");
    }
    const { code, stdout } = await desk.run("rollback", "s.example");
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("refused: serial-backwards: serial 10 is not above 11"),
    ]);
    const meant = await desk.run("rollback", "s.example", "--allow", "serial-backwards", "--why", "no other way");
    expect(meant.code).toBe(0);
    expect(await manifestOf(desk, "s.example.")).toMatchObject({
      versions: [{ version: 3, serial: 10, restores: 1, overrides: [{ guard: "serial-backwards" }] }],
    });
  });
});

describe("remove", () => {
  test("a signed removal with a reason; a rollback brings the zone back, above its last serial", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(7, 3) } });
    await desk.run("push", "a.example.zone");
    const silent = await desk.run("remove", "a.example");
    expect([silent.code, silent.stderr]).toEqual([2, expect.stringContaining("--why TEXT is needed")]);
    expect((await desk.run("remove", "a.example", "--why", "sold", "--dry-run")).stdout).toContain(
      "a.example. would be removed",
    );
    expect((await desk.run("remove", "a.example", "--why", "sold")).stdout).toBe("removed a.example.\n");
    expect(await manifestOf(desk, "a.example.")).toMatchObject({
      id: 2,
      action: "remove",
      latest: 1,
      versions: [],
      targets: [],
    });
    expect((await desk.run("remove", "a.example", "--why", "sold")).stdout).toBe("a.example. was removed before\n");
    const unknown = await desk.run("remove", "b.example", "--why", "x");
    expect([unknown.code, unknown.stdout]).toEqual([1, "b.example. is not in the store\nnothing was removed\n"]);
    expect((await desk.run("show", "a.example")).stderr).toContain("a.example. was removed by alice@desk");
    expect((await desk.run("show", "a.example@1")).code).toBe(0);
    expect((await desk.run("rollback", "a.example")).code).toBe(0);
    expect(await manifestOf(desk, "a.example.")).toMatchObject({
      id: 3,
      versions: [{ version: 2, serial: 8, restores: 1 }],
    });
  });

  test("a tenth of a store's zones goes only when that is meant, all or none", async () => {
    const desk = await folder();
    const names = Array.from({ length: 30 }, (_, i) => `z${i}.example`);
    for (const name of names) desk.write(`zones/${name}.zone`, hostsZone(1, 3));
    await desk.run("push", "zones");
    const refused = await desk.run("remove", ...names.slice(0, 4), "--why", "cleaning up");
    expect([refused.code, refused.stdout]).toEqual([
      1,
      expect.stringContaining("refused: mass-removal: 4 of 30 zones would go"),
    ]);
    expect((await manifestOf(desk, "z0.example."))?.action).toBe("push");
    expect((await desk.run("remove", ...names.slice(0, 3), "--why", "cleaning up")).code).toBe(0);
    const meant = await desk.run("remove", ...names.slice(3, 9), "--why", "cleaning up", "--allow", "mass-removal");
    expect(meant.code).toBe(0);
    expect(await manifestOf(desk, "z8.example.")).toMatchObject({
      action: "remove",
      overrides: [{ guard: "mass-removal", found: "6 of 27 zones would go, over 10 percent" }],
    });
    expect((await desk.run("log", "z8.example")).stdout).toContain("--allow mass-removal: 6 of 27");
  });
});
