/** zonecast push: what it says, and what it publishes. */

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test, vi } from "vitest";
import { UsageError } from "../../src/cli/flags.ts";
import { publishOptions } from "../../src/cli/publishflags.ts";
import { publisherName } from "../../src/cli/storeflags.ts";
import { type Folder, folder, hostsZone, manifestOf, randomZone } from "./publisher.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Changes an octet of a blob where it is kept. */
function damage(desk: Folder, sha256: string): void {
  const database = new DatabaseSync(join(desk.path, "store.db"));
  const found = database
    .prepare("select body, octets from bodies join blobs using (body) where sha256 = ?")
    .get(sha256);
  const octets = Buffer.from(found?.octets as Uint8Array);
  octets[octets.length >> 1] = (octets[octets.length >> 1] ?? 0) ^ 1;
  database.prepare("update bodies set octets = ? where body = ?").run(octets, found?.body as number);
  database.close();
}

describe("what is published", () => {
  test("new zones of a directory, all in one go; again, nothing", async () => {
    const desk = await folder();
    desk.write("zones/one.example.zone", hostsZone(1, 20));
    desk.write("zones/two.example.zone", hostsZone(7, 30));
    desk.write("zones/notes.txt", "no zone");
    const first = await desk.run("push", "zones", "--why", "the first ones");
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toContain("one.example. is new, SOA serial 1");
    expect(first.stdout).toContain("published 2 zones\n");
    const manifest = await manifestOf(desk, "two.example.");
    expect(manifest).toMatchObject({
      zone: "two.example.",
      id: 1,
      action: "push",
      by: "alice@desk",
      why: "the first ones",
      latest: 1,
      targets: [{ group: "*", version: 1 }],
      versions: [{ version: 1, serial: 7, records: 33, names: 32 }],
    });
    const again = await desk.run("push", "zones");
    expect([again.code, again.stdout]).toEqual([0, "nothing to publish, 2 zones unchanged\n"]);
    expect((await manifestOf(desk, "two.example."))?.id).toBe(1);
  });

  test("a changed record is shown, and the serial goes up by the policy", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 20) } });
    await desk.run("push", "a.example.zone");
    desk.write("a.example.zone", hostsZone(1, 20, { 3: "198.51.100.3" }));
    const { code, stdout } = await desk.run("push", "a.example.zone", "--serial", "counter");
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "a.example. SOA serial 1 -> 2",
      "- h3.a.example. 300 IN A 192.0.0.3",
      "+ h3.a.example. 300 IN A 198.51.100.3",
      expect.stringMatching(/^1 RRset changed; /),
      "published 1 zone",
      "no POP has reported to this store yet",
      "",
    ]);
    expect((await manifestOf(desk, "a.example."))?.versions[0]).toMatchObject({ version: 2, serial: 2 });
    expect((await desk.run("show", "a.example")).stdout).toContain(
      "a.example. 300 IN SOA ns.a.example. hostmaster.a.example. 2 ",
    );
  });

  test("a serial that alone was raised is a change where people keep their own serials, and none where a policy makes them", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
    await desk.run("push", "a.example.zone");
    desk.write("a.example.zone", hostsZone(5, 3));
    const { code, stdout } = await desk.run("push", "a.example.zone", "--serial", "counter");
    expect([code, stdout]).toEqual([0, "nothing to publish, a.example. unchanged\n"]);
    expect((await desk.run("push", "a.example.zone")).stdout).toContain("SOA serial 1 -> 5\n");
    desk.write("a.example.zone", hostsZone(4, 3));
    expect((await desk.run("push", "a.example.zone")).stdout).toBe("nothing to publish, a.example. unchanged\n");
  });

  test("records in another order are no change, either", async () => {
    const desk = await folder({ files: { "a.example.zone": `${hostsZone(1, 3)}x A 192.0.2.1\nx A 192.0.2.2\n` } });
    await desk.run("push", "a.example.zone");
    desk.write("a.example.zone", `${hostsZone(1, 3)}x A 192.0.2.2\nX A 192.0.2.1\n`);
    expect((await desk.run("push", "a.example.zone")).stdout).toContain("nothing to publish");
  });

  test("a large zone goes in blobs, and is compared with those at hand when it comes again", async () => {
    const desk = await folder({ files: { "big.example.zone": randomZone(1) } });
    expect((await desk.run("push", "big.example.zone")).code).toBe(0);
    const before = await manifestOf(desk, "big.example.");
    expect(before?.versions[0]?.body.at).toBe("blobs");
    expect(existsSync(join(desk.path, "cache/zonecast/blobs"))).toBe(true);
    desk.write("big.example.zone", `${randomZone(2)}extra A 192.0.2.9\n`);
    const { code, stdout } = await desk.run("push", "big.example.zone");
    expect([code, stdout]).toEqual([0, expect.stringContaining("+ extra.big.example. 300 IN A 192.0.2.9")]);
    const shown = await desk.run("show", "big.example");
    expect(shown.stdout).toContain("extra.big.example. 300 IN A 192.0.2.9");
  });

  test("blobs that the store has lost are put again by pushing the same", async () => {
    const desk = await folder({ files: { "big.example.zone": randomZone(1) } });
    await desk.run("push", "big.example.zone");
    const store = await desk.open();
    const lost: string[] = [];
    for await (const { sha256 } of store.blobs()) lost.push(sha256);
    await store.dropBlob(lost[0] ?? "");
    await store.close();
    damage(desk, lost[1] ?? "");
    // The cache must not hide it.
    const { code, stdout } = await desk.run("push", "big.example.zone");
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("big.example. is repaired: 2 blobs, which were missing or damaged in the store"),
    ]);
    rmSync(join(desk.path, "cache"), { recursive: true });
    expect((await desk.run("show", "big.example")).code).toBe(0);
    expect((await desk.run("push", "big.example.zone")).stdout).toBe("nothing to publish, big.example. unchanged\n");
  });

  test("a changed file, while what is live is damaged: what to do is said, and it does it", async () => {
    const desk = await folder({ files: { "big.example.zone": randomZone(1) } });
    await desk.run("push", "big.example.zone");
    const store = await desk.open();
    const all: string[] = [];
    for await (const { sha256 } of store.blobs()) all.push(sha256);
    await store.close();
    damage(desk, all[0] ?? "");
    rmSync(join(desk.path, "cache"), { recursive: true });
    desk.write("next.zone", `${randomZone(2)}extra A 192.0.2.9\n`);
    const push = ["push", "next.zone", "--origin", "big.example"];
    const refused = await desk.run(...push);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^big\.example\. SOA serial 1 -> 2: what changes can't be told/);
    expect(refused.stdout).toMatch(/is damaged in the store: .*: push the file that version 1 came from first, which/);
    expect(refused.stdout).toMatch(/; if it is meant: --allow unreadable --why TEXT\n$/);
    const allowed = await desk.run(...push, "--allow", "unreadable", "--why", "the old file is gone");
    expect(allowed.code).toBe(0);
    rmSync(join(desk.path, "cache"), { recursive: true });
    expect((await desk.run("show", "big.example")).stdout).toContain("extra.big.example. 300 IN A 192.0.2.9");
  });

  test("a folder for the cache that can't be written costs nothing", async () => {
    const desk = await folder({ files: { "big.example.zone": randomZone(1), cache: "a file" } });
    expect((await desk.run("push", "big.example.zone")).code).toBe(0);
    expect((await desk.run("show", "big.example")).code).toBe(0);
  });
});

describe("without publishing", () => {
  test("--dry-run says what would be, needs no key, and changes nothing", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
    const { code, stdout } = await desk.run("push", "--dry-run", "--key", "nowhere.key", "a.example.zone");
    expect([code, stdout]).toEqual([0, expect.stringContaining("dry run: 1 zone would be published\n")]);
    expect(await manifestOf(desk, "a.example.")).toBeUndefined();
  });

  test("--json: one document on stdout, all else on stderr", async () => {
    const desk = await folder({ files: { "a.example.zone": hostsZone(1, 20), "bad.example.zone": "nonsense\n" } });
    const dry = await desk.run("push", "--json", "--dry-run", "a.example.zone");
    expect(JSON.parse(dry.stdout)).toMatchObject({ store: desk.where, outcome: "planned" });
    const { code, stdout, stderr } = await desk.run("push", "--json", "a.example.zone");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      store: desk.where,
      outcome: "published",
      zones: [
        { zone: "a.example.", outcome: "published", version: 1, serial: 1, changes: { added: 23 }, overrides: [] },
      ],
    });
    expect(stderr).toContain("a.example. is new");
    const refused = await desk.run("push", "--json", "bad.example.zone");
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      outcome: "refused",
      zones: [{ outcome: "refused", problems: [expect.stringContaining("bad.example.zone:1:9: error: ")] }],
    });
  });

  test.each([
    [{ allow: ["shrnk"], why: "x" }, '--allow: there is no guard "shrnk"; there is empty, shrink, '],
    [{ allow: ["shrink"] }, "--allow needs --why TEXT"],
    [{ allow: ["shrink"], why: " " }, "--allow needs --why TEXT"],
    [{ timeout: "0" }, "--timeout: expected seconds"],
    [{ timeout: "soon" }, "--timeout: expected seconds"],
  ])("%j is no command line", (given, message) => {
    expect(() => publishOptions(given)).toThrow(message);
    expect(() => publishOptions(given)).toThrow(UsageError);
  });

  test("reasons and names are kept on one line that any terminal can show", () => {
    expect(publishOptions({ why: " Fix MX\n\nfor \u001b[31mmail " }).why).toBe("Fix MX for [31mmail");
    expect(publishOptions({ why: "x".repeat(600) }).why).toBe(`${"x".repeat(499)}…`);
    expect(publishOptions({ why: "\n" }).why).toBeUndefined();
    expect(publisherName("al\u0007ice\n", {})).toBe("al ice");
  });

  test("no file, --origin for two, a policy that there is not: usage", async () => {
    const desk = await folder({ store: false });
    for (const [args, message] of [
      [["push"], "name zone files, or a directory of them"],
      [["push", "x.zone", "y.zone", "--origin", "a.example"], "--origin is for one file"],
      [["push", "x.zone", "--serial", "sometimes"], "--serial: expected keep, date, counter or unix"],
    ] as const) {
      const { code, stdout, stderr } = await desk.run(...args);
      expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
    }
  });

  test("an empty directory is a mistake", async () => {
    const desk = await folder();
    const { code, stderr } = await desk.run("push", "zones");
    expect([code, stderr]).toEqual([2, "zones: no zone files in it (*.zone, *.db, db.*)\n"]);
  });
});
