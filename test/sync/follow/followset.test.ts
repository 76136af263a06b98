/** What each manifest means for what is served. */

import { describe, expect, test } from "vitest";
import type { Work } from "../../../src/sync/follow/followed.ts";
import { FollowSet, type Verdict } from "../../../src/sync/follow/followset.ts";
import type { Manifest, Version } from "../../../src/sync/manifest/manifest.ts";
import { ManifestError, type Signed } from "../../../src/sync/manifest/message.ts";
import type { Entry } from "../../../src/sync/store/store.ts";

const ZONE = "example.";

function version(number: number, content = `content ${number}`, body: Version["body"] = inline): Version {
  const counted = { version: number, serial: number, records: 2, names: 1, size: 100 };
  return { ...counted, sha256: content, at: "", by: "test", body };
}
const inline: Version["body"] = { at: "inline", offset: 0, octets: 10 };

function signed(
  id: number,
  versions: readonly Version[],
  targets = [{ group: "*", version: versions[0]?.version }],
): Signed {
  const manifest: Manifest = {
    ...{ zone: ZONE, id, action: versions.length > 0 ? "push" : "remove", at: "", by: "test", latest: id },
    ...{ versions, targets: versions.length > 0 ? targets : [] },
  };
  return { manifest, bodies: new Uint8Array(10) };
}

const entry = (revision: number): Entry => ({ zone: ZONE, revision, octets: new Uint8Array(0) });
const image = new SharedArrayBuffer(1);

/** A set that serves version 5 of manifest 5, at revision 50. */
function serving(groups: readonly string[] = ["ams1"]): FollowSet {
  const set = new FollowSet(groups);
  const followed = set.follow(ZONE);
  set.take(followed, entry(50), "five", signed(5, [version(5)]).manifest);
  set.serve(followed, version(5), image, 0);
  return set;
}

function judge(set: FollowSet, revision: number, mark: string, opened: Signed | ManifestError): Verdict {
  return set.judge(entry(revision), mark, opened);
}

function working(id: number, revision: number, mark: string, fresh = true): Work {
  const opened = signed(id, [version(id)]);
  return {
    entry: entry(revision),
    mark,
    signed: opened,
    version: version(id),
    received: 0,
    since: 0,
    fresh,
    tickets: [],
  };
}

describe("a manifest", () => {
  test("of an unknown zone is made", () => {
    expect(judge(new FollowSet([]), 1, "a", signed(1, [version(1)]))).toMatchObject({
      do: "make",
      version: { version: 1 },
    });
  });

  test("above the one that was taken is made", () => {
    expect(judge(serving(), 60, "six", signed(6, [version(6)]))).toMatchObject({ do: "make" });
  });

  test("above it with the content that is served is noted", () => {
    expect(judge(serving(), 60, "six", signed(6, [{ ...version(6, "content 5"), serial: 5 }]))).toMatchObject({
      do: "note",
    });
  });

  test("with the same text under another serial is none with the content that is served", () => {
    expect(judge(serving(), 60, "six", signed(6, [version(6, "content 5")]))).toMatchObject({ do: "make" });
  });

  test("with the same text in other blobs is made, so that the folder has all of them", () => {
    const blobs = { ...version(6, "content 5", { at: "blobs", index: "aa" }), serial: 5 };
    expect(judge(serving(), 60, "six", signed(6, [blobs]))).toMatchObject({ do: "make" });
  });

  test("that was taken is nothing new, at whatever revision", () => {
    expect(judge(serving(), 50, "five", signed(5, [version(5)]))).toEqual({ do: "nothing" });
    expect(judge(serving(), 99, "five", signed(5, [version(5)]))).toEqual({ do: "nothing" });
  });

  test("with an id that was taken, and that is another one, is refused", () => {
    expect(judge(serving(), 60, "other", signed(5, [version(6)]))).toMatchObject({ do: "refuse", id: 5 });
  });

  test("below the one that was taken is refused; but not when it only comes late", () => {
    expect(judge(serving(), 60, "four", signed(4, [version(4)]))).toMatchObject({ do: "refuse", id: 4 });
    expect(judge(serving(), 40, "four", signed(4, [version(4)]))).toEqual({ do: "nothing" });
    const set = serving();
    set.forgetRevisions();
    // Of another store: revisions say nothing about what was before.
    expect(judge(set, 40, "four", signed(4, [version(4)]))).toMatchObject({ do: "refuse", id: 4 });
  });

  test("that can't be opened is refused", () => {
    const error = new ManifestError("forged", "nobody trusted has signed it");
    expect(judge(serving(), 60, "six", error)).toEqual({ do: "refuse", id: 0, why: "nobody trusted has signed it" });
  });

  test("that was refused is not tried again", () => {
    const set = serving();
    set.refuse(set.follow(ZONE), { id: 6, revision: 60, mark: "six", why: "bad", unfetched: false });
    expect(judge(set, 60, "six", signed(6, [version(6)]))).toEqual({ do: "nothing" });
    expect(judge(set, 70, "seven", signed(7, [version(7)]))).toMatchObject({ do: "make" });
    set.forgive(set.follow(ZONE));
    expect(judge(set, 60, "six", signed(6, [version(6)]))).toMatchObject({ do: "make" });
  });

  test("without a version for this POP is passed by", () => {
    const canary = signed(6, [version(6)], [{ group: "canary", version: 6 }]);
    expect(judge(serving(), 60, "six", canary)).toEqual({ do: "pass" });
    expect(judge(serving(["canary"]), 60, "six", canary)).toMatchObject({ do: "make" });
  });
});

describe("while a version is in work", () => {
  test("a newer manifest takes its place", () => {
    const set = serving();
    set.follow(ZONE).work = working(6, 60, "six");
    expect(judge(set, 70, "seven", signed(7, [version(7)]))).toMatchObject({ do: "make" });
  });

  test("the same manifest and older ones wait for it", () => {
    const set = serving();
    const work = working(7, 70, "seven");
    set.follow(ZONE).work = work;
    expect(judge(set, 70, "seven", signed(7, [version(7)]))).toEqual({ do: "join", work });
    expect(judge(set, 60, "six", signed(6, [version(6)]))).toEqual({ do: "join", work });
  });

  test("an id that it has, on another manifest, is refused", () => {
    const set = serving();
    set.follow(ZONE).work = working(6, 60, "six");
    expect(judge(set, 61, "other", signed(6, [version(6)]))).toMatchObject({ do: "refuse" });
  });

  test("going back to what is served needs no making", () => {
    const set = serving();
    set.follow(ZONE).work = working(6, 60, "six");
    expect(judge(set, 70, "seven", signed(7, [version(5)]))).toMatchObject({ do: "note" });
  });
});

describe("a removal", () => {
  test("of what is served is to be confirmed", () => {
    expect(judge(serving(), 60, "gone", signed(6, []))).toEqual({ do: "doubt" });
  });

  test("of what is not served is not", () => {
    expect(judge(new FollowSet([]), 60, "gone", signed(6, []))).toEqual({ do: "forget" });
  });

  test("of what the copy has, and is about to be served, is to be confirmed", () => {
    const set = new FollowSet([]);
    set.restore(ZONE, { id: 5, revision: 50, mark: "five" }, "no", false).work = working(5, 50, "five", false);
    expect(judge(set, 60, "gone", signed(6, []))).toEqual({ do: "doubt" });
  });

  test("below what was taken is refused", () => {
    expect(judge(serving(), 60, "gone", signed(4, []))).toMatchObject({ do: "refuse" });
  });

  test("that was carried out is remembered: its id stays the fence", () => {
    const set = serving();
    const followed = set.follow(ZONE);
    set.take(followed, entry(60), "gone", signed(6, []).manifest);
    set.gone(followed);
    expect(set.served).toBe(0);
    expect(judge(set, 60, "gone", signed(6, []))).toEqual({ do: "nothing" });
    expect(judge(set, 70, "six", signed(6, [version(6)]))).toMatchObject({ do: "refuse" });
    expect(judge(set, 70, "seven", signed(7, [version(7)]))).toMatchObject({ do: "make" });
  });
});

describe("a look at all heads", () => {
  test("tells of zones that were not found, once", () => {
    const set = serving();
    expect(set.endRound(set.beginRound()).map(({ zone }) => zone)).toEqual([ZONE]);
    expect(set.endRound(set.beginRound())).toEqual([]);
    expect(set.missing).toBe(1);
    expect(set.refused()).toMatchObject([{ zone: ZONE, id: 0, serves: 5, serial: 5 }]);
    set.listed(set.follow(ZONE));
    expect(set.missing).toBe(0);
  });

  test("does not count when another has begun", () => {
    const set = serving();
    const round = set.beginRound();
    set.beginRound();
    expect(set.endRound(round)).toEqual([]);
  });

  test("does not miss what came meanwhile, what is not served, and what is being removed", () => {
    const set = serving();
    const round = set.beginRound();
    set.follow("new.");
    set.take(set.follow(ZONE), entry(60), "gone", signed(6, []).manifest);
    expect(set.endRound(round)).toEqual([]);
  });
});
