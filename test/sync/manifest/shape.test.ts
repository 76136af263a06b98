/** What is no manifest, and where. */

import { describe, expect, test } from "vitest";
import { isRemoval, newestOf, versionFor } from "../../../src/sync/manifest/manifest.ts";
import { faultOf } from "../../../src/sync/manifest/shape.ts";
import { manifestOf, VERSION } from "./manifests.ts";

/** A manifest with one field of its version changed. */
const withVersion = (other: object) => ({ ...manifestOf(), versions: [{ ...VERSION, ...other }] });
const WAVES = [{ to: ["canary"], bake: 60 }];
const OLD = { ...VERSION, version: 7 };
const ROLLOUT = { version: 8, from: 7, waves: WAVES, wave: 0, state: "running" };
const withRollout = (other: object) => ({
  ...manifestOf({ versions: [VERSION, OLD] }),
  rollout: { ...ROLLOUT, ...other },
});

test("what is one", () => {
  expect(faultOf(manifestOf())).toBeUndefined();
  expect(faultOf(withRollout({}))).toBeUndefined();
});

describe("fields", () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [undefined, "it is no record"],
    [null, "it is no record"],
    ["push", "it is no record"],
    [{}, "zone is no text"],
    [Object.create(manifestOf()), "zone is no text"],
    [{ ...manifestOf(), id: 1.5 }, "id is no whole number from 1 to 9007199254740991"],
    [{ ...manifestOf(), id: "41" }, "id is no whole number from 1 to 9007199254740991"],
    [{ ...manifestOf(), action: "toString" }, "action is not push, rollback, promote, pause, resume, abort, remove"],
    [{ ...manifestOf(), at: "yesterday" }, "at is no time"],
    [{ ...manifestOf(), at: "2026-13-01T10:00:00.000Z" }, "at is no time"],
    [{ ...manifestOf(), by: undefined }, "by is no text"],
    [{ ...manifestOf(), why: 3 }, "why is no text"],
    [{ ...manifestOf(), overrides: [{ guard: "empty" }] }, "overrides[0].found is no text"],
    [{ ...manifestOf(), versions: { 0: VERSION, length: 1 } }, "versions is no list"],
    [{ ...manifestOf(), versions: [null] }, "versions[0] is no record"],
    [
      { ...manifestOf(), targets: [{ group: "*" }] },
      "targets[0].version is no whole number from 1 to 9007199254740991",
    ],
    [withVersion({ serial: 2 ** 32 }), "versions[0].serial is no whole number from 0 to 4294967295"],
    [withVersion({ serial: -1 }), "versions[0].serial is no whole number from 0 to 4294967295"],
    [withVersion({ size: -1 }), "versions[0].size is no whole number from 0 to 9007199254740991"],
    [withVersion({ sha256: "A".repeat(64) }), "versions[0].sha256 is no SHA-256 in hex"],
    [withVersion({ sha256: `${"a".repeat(64)}\n` }), "versions[0].sha256 is no SHA-256 in hex"],
    [withVersion({ restores: 0 }), "versions[0].restores is no whole number from 1 to 9007199254740991"],
    [withVersion({ body: undefined }), "versions[0].body.at is not inline, blobs"],
    [withVersion({ body: { at: "attic" } }), "versions[0].body.at is not inline, blobs"],
    [withVersion({ body: { at: "blobs", index: "../../etc/passwd" } }), "versions[0].body.index is no SHA-256 in hex"],
    [
      withVersion({ body: { at: "inline", offset: -1, octets: 1 } }),
      "versions[0].body.offset is no whole number from 0 to 9007199254740991",
    ],
    [
      withVersion({ body: { at: "inline", offset: 0 } }),
      "versions[0].body.octets is no whole number from 0 to 9007199254740991",
    ],
    [withRollout({ waves: [{ to: "canary", bake: 1 }] }), "rollout.waves[0].to is no list"],
    [withRollout({ state: "lost" }), "rollout.state is not running, paused"],
  ];
  for (const [value, fault] of wrong) {
    test(fault, () => {
      expect(faultOf(value)).toBe(fault);
    });
  }
});

describe("contradictions", () => {
  test("no versions without saying that it is a removal, and the other way round", () => {
    const fault = "versions is empty in a removal, and only there";
    expect(faultOf(manifestOf({ versions: [], targets: [] }))).toBe(fault);
    expect(faultOf(manifestOf({ action: "remove" }))).toBe(fault);
  });

  test("a target without its version would be as a removal for its POPs", () => {
    expect(faultOf(manifestOf({ targets: [{ group: "canary", version: 9 }] }))).toBe(
      "targets has version 9, which versions has not",
    );
  });

  test("numbers of versions", () => {
    expect(faultOf(manifestOf({ latest: 7 }))).toBe("latest is below a version");
    expect(faultOf(manifestOf({ versions: [VERSION, VERSION] }))).toBe("versions has one twice");
  });

  test("rollouts that lead nowhere", () => {
    expect(faultOf(withRollout({ version: 9 }))).toBe("rollout has a version which versions has not");
    expect(faultOf(withRollout({ from: 6 }))).toBe("rollout has a version which versions has not");
    expect(faultOf(withRollout({ wave: 1 }))).toBe("rollout.wave is past the last wave");
  });
});

describe("who is to serve what", () => {
  const both = manifestOf({
    versions: [VERSION, OLD],
    targets: [
      { group: "canary", version: 8 },
      { group: "*", version: 7 },
    ],
    rollout: { version: 8, from: 7, waves: WAVES, wave: 0, state: "running" },
  });

  test("the first target that a POP is in", () => {
    expect(versionFor(both, ["ams1", "canary", "*"])).toBe(VERSION);
    expect(versionFor(both, ["fra1", "*"])).toBe(OLD);
    expect(versionFor(both, [])).toBe(OLD);
    expect(versionFor(manifestOf({ targets: [{ group: "canary", version: 8 }] }), ["fra1"])).toBeUndefined();
  });

  test("the newest is the rollout's, or what all have", () => {
    expect(newestOf(both)).toBe(VERSION);
    expect(newestOf(manifestOf())).toBe(VERSION);
  });

  test("a removal has none", () => {
    const removal = manifestOf({ action: "remove", versions: [], targets: [] });
    expect(isRemoval(removal)).toBe(true);
    expect(isRemoval(both)).toBe(false);
    expect(newestOf(removal)).toBeUndefined();
    expect(versionFor(removal, ["canary"])).toBeUndefined();
  });
});
