/** A zone that there is no memory for is refused before it is read, with a sentence that says what to do. */

import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { demandRoom, NoRoom } from "../../src/server/memoryroom.ts";
import { loadFile } from "../../src/server/zonefile.ts";
import { nameFromText } from "../../src/text/name.ts";
import { directoryWith } from "./program.ts";
import { zoneText } from "./zonetext.ts";

const MB = 1e6;

afterEach(() => {
  vi.restoreAllMocks();
});

test("a small zone is never asked about, a large one is when it can't fit", () => {
  const asked: string[] = [];
  const room = (octets: number) => () => {
    asked.push("asked");
    return octets;
  };
  demandRoom(7 * MB, room(0));
  expect(asked).toEqual([]);
  demandRoom(100 * MB, room(351 * MB));
  expect(() => demandRoom(100 * MB, room(349 * MB))).toThrow(NoRoom);
  expect(() => demandRoom(100 * MB, room(-5))).toThrow(
    "100 MB of text take 350 MB of memory to compile, or more, and there are 0: raise this server's limit (MemoryMax with systemd), or give the machine more",
  );
});

test("the limit of the control group is what counts, less what the process has already", () => {
  const constrained = vi.spyOn(process, "constrainedMemory");
  const has = process.memoryUsage.rss();
  constrained.mockReturnValue(has + 20 * MB);
  expect(() => demandRoom(100 * MB)).toThrow(NoRoom);
  // No limit, as systems without control groups say it.
  for (const limit of [0, 2 ** 63]) {
    constrained.mockReturnValue(limit);
    demandRoom(9 * MB);
  }
});

test("a file for which there is no room is not read, and is another one at the next look", () => {
  const zones = directoryWith({ "large.example.zone": zoneText(1) });
  const file = join(zones, "large.example.zone");
  truncateSync(file, 50 * MB);
  vi.spyOn(process, "constrainedMemory").mockReturnValue(process.memoryUsage.rss());
  const job = { file, root: zones, apex: nameFromText("large.example."), origin: undefined };
  const { result } = loadFile(job, 0);
  expect(result.image).toBeUndefined();
  expect(result.problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^can't read: 50 MB of text take 175 MB of memory to compile, or more/),
  ]);
  const [[, signature]] = result.signatures;
  expect(signature).toBe("unread");
  writeFileSync(file, zoneText(2));
  expect(loadFile(job, 0).result.image).toBeDefined();
});
