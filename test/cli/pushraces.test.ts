/** zonecast push, several at once, and broken off. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { until } from "../transport/stream.ts";
import { folder, hostsZone, manifestOf, randomZone } from "./publisher.ts";

vi.setConfig({ testTimeout: 60_000 });

test("two publishers: one wins, the other is told who, and loses nothing", async () => {
  const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
  await desk.run("push", "a.example.zone");
  desk.write("left.zone", hostsZone(2, 4));
  desk.write("right.zone", hostsZone(2, 5));
  // Both have decided, and neither can write yet.
  const database = new DatabaseSync(join(desk.path, "store.db"));
  database.exec("begin immediate");
  const push = (file: string, by: string) =>
    desk.start("push", file, "--origin", "a.example", "--by", by, "--why", `push of ${file}`);
  const both = [push("left.zone", "left@desk"), push("right.zone", "right@desk")];
  await until(() => both.every(({ stdout }) => stdout.includes("SOA serial 1 -> 2")), "both to have planned", 20_000);
  database.exec("rollback");
  database.close();
  const ends = await Promise.all(both.map(({ exit }) => exit));
  expect(ends.map(({ code }) => code).sort()).toEqual([0, 3]);
  const [winner, loser] = ends[0]?.code === 0 ? ["left", "right"] : ["right", "left"];
  const told = both[loser === "left" ? 0 : 1]?.stderr;
  expect(told).toMatch(
    new RegExp(
      `a\\.example\\. was changed meanwhile: push of version 2 \\(serial 2\\) by ${winner}@desk at .*: push of ${winner}\\.zone`,
    ),
  );
  expect(told).toContain("nothing was published");
  expect(await manifestOf(desk, "a.example.")).toMatchObject({ id: 2, by: `${winner}@desk` });
});

test("Ctrl-C while blobs are on their way: nothing is published; the same push goes on later", async () => {
  const desk = await folder({ files: { "big.example.zone": randomZone(1), "a.example.zone": hostsZone(1, 3) } });
  const database = new DatabaseSync(join(desk.path, "store.db"));
  database.exec("begin immediate");
  const program = desk.start("push", "big.example.zone", "a.example.zone");
  await until(() => program.stdout.includes("a.example. is new"), "the push to have planned", 20_000);
  program.child.kill("SIGINT");
  await until(() => program.stderr === "stopping\n", "the signal to be heard", 20_000);
  database.exec("rollback");
  database.close();
  const { code } = await program.exit;
  expect([code, program.stderr]).toEqual([1, "stopping\nzonecast: interrupted: nothing was published\n"]);
  expect(await manifestOf(desk, "a.example.")).toBeUndefined();
  expect((await desk.run("push", "big.example.zone", "a.example.zone")).code).toBe(0);
});
