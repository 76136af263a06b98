/** Which version a rollback goes back to, and what the next manifest carries on. */

import { describe, expect, test } from "vitest";
import type { Action, Manifest, Rollout, Target, Version } from "../../../src/sync/manifest/manifest.ts";
import { compose, contentOf } from "../../../src/sync/publish/compose.ts";
import { findVersion, type Past, versionBefore, versionNumbers } from "../../../src/sync/publish/history.ts";

function version(number: number, restores?: number, octets = 0): Version {
  return {
    version: number,
    serial: number,
    records: 3,
    names: 2,
    size: 100,
    sha256: "",
    at: "",
    by: "",
    ...(restores === undefined ? {} : { restores }),
    body: { at: "inline", offset: 0, octets },
  };
}

function past(id: number, action: Action, versions: readonly Version[], rollout?: Rollout): Past {
  const first = versions[0]?.version ?? 0;
  const targets: Target[] = rollout
    ? [
        { group: "canary", version: rollout.version },
        { group: "*", version: rollout.from },
      ]
    : [{ group: "*", version: first }];
  const manifest: Manifest = {
    zone: "a.",
    id,
    action,
    at: "",
    by: "",
    latest: id,
    versions,
    targets: versions.length === 0 ? [] : targets,
    ...(rollout ? { rollout } : {}),
  };
  return { revision: id, manifest, bodies: new Uint8Array(0) };
}

const rollout: Rollout = { version: 3, from: 2, waves: [{ to: ["canary"], bake: 1 }], wave: 0, state: "running" };

describe("the version before", () => {
  const one = past(1, "push", [version(1)]);
  const two = past(2, "push", [version(2)]);

  test.each([
    ["nothing was ever there", [], undefined],
    ["there was only one", [one], undefined],
    ["the last one before", [two, one], 1],
    ["a removal: what it removed", [past(3, "remove", []), two, one], 2],
    ["a rollout: what it began with", [past(3, "push", [version(3), version(2)], rollout), two, one], 2],
    [
      "a version that went back does not count",
      [
        past(5, "push", [version(4)]),
        past(4, "abort", [version(2)]),
        past(3, "push", [version(3), version(2)], rollout),
        two,
        one,
      ],
      2,
    ],
    [
      "after a rollback: one further back",
      [past(4, "rollback", [version(4, 2)]), past(3, "push", [version(3)]), two, one],
      1,
    ],
    [
      "after two: no more",
      [past(5, "rollback", [version(5, 1)]), past(4, "rollback", [version(4, 2)]), two, one],
      undefined,
    ],
    [
      "a push after a rollback: the rollback",
      [past(4, "push", [version(4)]), past(3, "rollback", [version(3, 1)]), two, one],
      3,
    ],
  ])("%s", (_, manifests, expected) => {
    expect(versionBefore(manifests)).toBe(expected);
  });
});

test("versions are found in the newest manifest that has them", () => {
  const manifests = [past(3, "push", [version(3), version(2)], rollout), past(2, "push", [version(2)])];
  expect(versionNumbers(manifests)).toEqual([3, 2]);
  expect(findVersion(manifests, 2)?.version.version).toBe(2);
  expect(findVersion(manifests, 1)).toBeUndefined();
});

test("texts are carried on from manifest to manifest", () => {
  const { zone, id, action, at, by, latest, targets } = past(1, "push", [version(1)]).manifest;
  const rest = { zone, id, action, at, by, latest, targets };
  const blobs = { ...version(3), body: { at: "blobs", index: "ab" } as const };
  const signed = compose(rest, [
    { version: version(2), inline: Buffer.from("second") },
    { version: blobs, inline: undefined },
    { version: version(1), inline: Buffer.from("one") },
  ]);
  expect(signed.manifest.versions.map(({ body }) => body)).toEqual([
    { at: "inline", offset: 0, octets: 6 },
    { at: "blobs", index: "ab" },
    { at: "inline", offset: 6, octets: 3 },
  ]);
  expect(String(contentOf(signed, 1)?.inline)).toBe("one");
  expect(contentOf(signed, 3)?.inline).toBeUndefined();
  const next = compose(
    rest,
    [contentOf(signed, 1)].filter((content) => content !== undefined),
  );
  expect(next.manifest.versions[0]?.body).toEqual({ at: "inline", offset: 0, octets: 3 });
  expect(String(next.bodies)).toBe("one");
});
