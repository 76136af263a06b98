/** The decisions about zones and files, without any. */

import { beforeEach, describe, expect, test } from "vitest";
import type { FileJob, FileResult, ZoneUpdate } from "../../src/server/messages.ts";
import { ZoneSet } from "../../src/server/zoneset.ts";
import { nameFromText, nameToText } from "../../src/text/name.ts";

let zones: ZoneSet;
let clock: number;

beforeEach(() => {
  zones = new ZoneSet();
  clock = 0;
});

const job = (file: string): FileJob => ({ file, root: "/z", apex: undefined, origin: undefined });
const jobs = (...files: string[]) => files.map(job);

/** An image is told by its size here: nothing of this module looks inside. */
const image = (version: number) => new SharedArrayBuffer(version);

function result(
  file: string,
  apex: string,
  version: number,
  signatures: Record<string, string> = { [file]: "s" },
): FileResult {
  const good = version > 0;
  return {
    file,
    apex: apex === "" ? undefined : nameFromText(`${apex}.`),
    image: good ? image(version) : undefined,
    problems: good ? [] : [{ severity: "error", file, line: 1, column: 1, message: "broken" }],
    errors: good ? 0 : 1,
    signatures: new Map(Object.entries(signatures)),
    milliseconds: 1,
    from: "text",
    discarded: undefined,
  };
}

/** Updates as text: "a. 3" for the version of that size, "a. none" for one that never loaded, "a. gone". */
function told(updates: readonly ZoneUpdate[] = []): string[] {
  return updates.map(({ apex, image: given, held }) => {
    const what = given === undefined ? "none" : String(given.byteLength);
    return `${nameToText(apex)} ${held ? what : "gone"}`;
  });
}

const load = (...of: Parameters<typeof result>) => told(zones.loaded(result(...of), ++clock)?.updates);
const list = (...files: string[]) => zones.list(jobs(...files), false);
const dropped = (...files: string[]) => list(...files).dropped.map(({ job: { file } }) => file);
const changed = (now: Record<string, string>) => zones.changed(new Map(Object.entries(now))).map(({ file }) => file);
const state = (file: string) => [...zones.states].find((one) => one.job.file === file);

describe("listing", () => {
  test("new files become jobs, known ones do not", () => {
    expect(list("a", "b").added.map(({ file }) => file)).toEqual(["a", "b"]);
    expect(list("a", "b", "c").added.map(({ file }) => file)).toEqual(["c"]);
    expect(zones.size).toBe(3);
  });

  test("a file is given up when it has been missing twice in a row", () => {
    list("a", "b");
    load("a", "a", 1);
    load("b", "b", 1);
    expect(dropped("b")).toEqual([]);
    expect(zones.doubtful).toBe(true);
    expect(dropped("a", "b")).toEqual([]);
    expect(zones.doubtful).toBe(false);
    expect(dropped("b")).toEqual([]);
    expect(dropped("b")).toEqual(["a"]);
    expect(zones.doubtful).toBe(false);
    expect(zones.size).toBe(1);
  });

  test("an empty list, or one that could not be made, takes nothing away", () => {
    list("a", "b");
    load("a", "a", 1);
    load("b", "b", 1);
    for (let i = 0; i < 5; i++) {
      expect(dropped()).toEqual([]);
      expect(zones.list(jobs("a"), true).dropped).toEqual([]);
    }
    expect(zones.size).toBe(2);
  });

  test("a file that is being loaded is not given up meanwhile", () => {
    list("a", "b");
    load("b", "b", 1);
    expect([dropped("b"), dropped("b"), dropped("b")]).toEqual([[], [], []]);
    load("a", "a", 1);
    expect([dropped("b"), dropped("b")]).toEqual([[], ["a"]]);
  });
});

describe("changes", () => {
  test("any file that a zone is made of has it loaded again; files without a change do not", () => {
    list("a", "b");
    load("a", "a", 1, { a: "1", "a.inc": "1" });
    load("b", "b", 1, { b: "1" });
    expect(zones.files().sort()).toEqual(["a", "a.inc", "b"]);
    expect(changed({ a: "1", "a.inc": "1", b: "1" })).toEqual([]);
    expect(changed({ a: "1", "a.inc": "2", b: "1" })).toEqual(["a"]);
    expect(changed({ a: "1", "a.inc": "1", b: "gone" })).toEqual(["b"]);
  });

  test("a zone is not loaded twice at a time, and not while its file is missing", () => {
    list("a", "b");
    load("b", "b", 1);
    expect(changed({ a: "2", b: "s" })).toEqual([]);
    load("a", "a", 1);
    zones.loading(jobs("a"));
    expect(changed({ a: "2", b: "s" })).toEqual([]);
    load("a", "a", 1);
    list("b");
    expect(changed({ a: "gone", b: "s" })).toEqual([]);
  });
});

describe("results", () => {
  test("a good file is served, and so is its next version", () => {
    list("a");
    expect(load("a", "a", 1)).toEqual(["a. 1"]);
    expect(load("a", "a", 2)).toEqual(["a. 2"]);
    expect(state("a")).toMatchObject({ errors: 0, loadedAt: 2, loading: false });
  });

  test("a broken file changes nothing of what is served", () => {
    list("a");
    load("a", "a", 1);
    expect(load("a", "a", 0)).toEqual([]);
    expect(state("a")).toMatchObject({ errors: 1, loadedAt: 1 });
    expect(state("a")?.image?.byteLength).toBe(1);
    expect(load("a", "a", 2)).toEqual(["a. 2"]);
  });

  test("a file broken from the start holds its zone, without anything to serve", () => {
    list("a");
    expect(load("a", "a", 0)).toEqual(["a. none"]);
    expect(load("a", "a", 1)).toEqual(["a. 1"]);
  });

  test("a file that does not even tell its zone serves nothing", () => {
    list("a");
    expect(load("a", "", 0)).toEqual([]);
    expect(state("a")?.errors).toBe(1);
  });

  test("what is loaded of a file that is listed no more is not taken", () => {
    expect(zones.loaded(result("a", "a", 1), 1)).toBeUndefined();
  });

  test("a file that becomes another zone: the new one first, then the old one's end", () => {
    list("a");
    load("a", "old", 1);
    expect(load("a", "new", 2)).toEqual(["new. 2", "old. gone"]);
    expect(load("a", "old", 3)).toEqual(["old. 3", "new. gone"]);
  });

  test("the case of a zone's name is no difference", () => {
    list("a");
    load("a", "Zone", 1);
    expect(load("a", "zONE", 2)).toEqual(["zONE. 2"]);
  });

  test("a broken file of a new name keeps the old zone", () => {
    list("a");
    load("a", "old", 1);
    expect(load("a", "new", 0)).toEqual([]);
    expect(state("a")?.apex).toEqual(nameFromText("old."));
  });
});

describe("two files for one zone", () => {
  beforeEach(() => {
    list("a", "b");
    load("a", "x", 1);
  });

  test("the second is refused, and says which file has the zone", () => {
    const change = zones.loaded(result("b", "x", 2), 1);
    expect(change?.updates).toEqual([]);
    expect(change?.result.problems[0].message).toBe("this zone is already loaded from a: remove one of the two files");
    expect(state("b")).toMatchObject({ clash: "a", errors: 1, image: undefined });
    expect(load("a", "x", 3)).toEqual(["x. 3"]);
  });

  test("when the first is given up, the second has the zone at once and is loaded: no gap", () => {
    load("b", "x", 2);
    expect([dropped("b"), dropped("b")]).toEqual([[], ["a"]]);
    expect(state("b")?.image?.byteLength).toBe(1);
    expect(changed({ b: "s" })).toEqual(["b"]);
    zones.loading(jobs("b"));
    expect(load("b", "x", 4)).toEqual(["x. 4"]);
    expect(changed({ b: "s" })).toEqual([]);
  });

  test("when the first becomes another zone, the second has it likewise", () => {
    load("b", "x", 2);
    expect(load("a", "y", 5)).toEqual(["y. 5"]);
    expect(zones.doubtful).toBe(true);
    expect(changed({ a: "s", b: "s" })).toEqual(["b"]);
    expect(load("b", "x", 2)).toEqual(["x. 2"]);
    expect(zones.doubtful).toBe(false);
  });

  test("a renamed file: the new name takes the zone while the old one is only missing", () => {
    list("b", "c");
    expect(load("c", "x", 2)).toEqual(["x. 2"]);
    expect(dropped("b", "c")).toEqual(["a"]);
    expect(load("c", "x", 3)).toEqual(["x. 3"]);
  });

  test("a renamed file that is broken keeps what is served", () => {
    list("b", "c");
    expect(load("c", "x", 0)).toEqual([]);
    expect(state("c")?.image?.byteLength).toBe(1);
    expect(load("c", "x", 3)).toEqual(["x. 3"]);
  });

  test("an old name that comes back is looked at again, and is the one too many now", () => {
    list("b", "c");
    load("c", "x", 2);
    list("a", "b", "c");
    expect(changed({ a: "s", b: "s", c: "s" })).toContain("a");
    expect(load("a", "x", 1)).toEqual([]);
    expect(state("a")?.clash).toBe("c");
  });

  test("a file that never loaded yields to one that does", () => {
    list("a", "b", "c", "d");
    load("c", "z", 0);
    expect(load("d", "z", 4)).toEqual(["z. 4"]);
    expect(changed({ a: "s", b: "s", c: "s", d: "s" })).toEqual(["c"]);
    expect(load("c", "z", 5)).toEqual([]);
    expect(state("c")?.clash).toBe("d");
  });

  test("of two broken ones the first holds the zone", () => {
    list("a", "b", "c", "d");
    load("c", "z", 0);
    expect(load("d", "z", 0)).toEqual([]);
    expect(state("d")?.clash).toBe("c");
  });

  test("a file that has a zone of its own does not lose it to a claim on another's", () => {
    load("b", "y", 2);
    expect(load("b", "x", 3)).toEqual([]);
    expect(state("b")).toMatchObject({ clash: "a", errors: 1 });
    expect(state("b")?.image?.byteLength).toBe(2);
    expect([dropped("b"), dropped("b")]).toEqual([[], ["a"]]);
    expect(load("b", "x", 3)).toEqual(["x. 3", "y. gone"]);
  });
});
