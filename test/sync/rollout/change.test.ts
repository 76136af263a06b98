/** The next manifest of a rollout: who gets what, under which id, and that no text is lost on the way. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Manifest, Rollout, Version } from "../../../src/sync/manifest/manifest.ts";
import { newestOf, versionFor } from "../../../src/sync/manifest/manifest.ts";
import type { Signed } from "../../../src/sync/manifest/message.ts";
import { faultOf } from "../../../src/sync/manifest/shape.ts";
import { compose } from "../../../src/sync/publish/compose.ts";
import { type Turn, targetsAt, turned } from "../../../src/sync/rollout/change.ts";

const AT = "2026-11-01T10:00:00.000Z";
const REASON = { at: AT, by: "alice@desk", why: "as it is fine" };
const WAVES = [
  { to: ["canary"], bake: 300 },
  { to: ["eu", "asia"], bake: 60 },
  { to: ["*"], bake: 0 },
];

function version(number: number): Version {
  const said = { serial: number * 10, records: 2, names: 1, size: 9, sha256: "0".repeat(64), at: AT, by: "test" };
  return { version: number, ...said, body: { at: "inline", offset: 0, octets: 0 } };
}

/** A manifest of a rollout of version 7, with the texts of both. */
function rolling(change: Partial<Rollout> = {}, waves = WAVES): Signed {
  const rollout: Rollout = { version: 7, from: 6, waves, wave: 0, state: "running", ...change };
  const said = {
    zone: "example.com.",
    id: 40,
    action: "push" as const,
    at: AT,
    by: "test",
    why: "new host",
    latest: 7,
  };
  return compose({ ...said, targets: targetsAt(rollout), rollout }, [
    { version: version(7), inline: Buffer.from("the new text") },
    { version: version(6), inline: Buffer.from("the old one") },
  ]);
}

const who = (manifest: Manifest) =>
  Object.fromEntries(["canary", "eu", "us"].map((group) => [group, versionFor(manifest, [group])?.version]));

function textOf({ manifest, bodies }: Signed, number: number): string | undefined {
  const body = manifest.versions.find((one) => one.version === number)?.body;
  if (body?.at !== "inline") return undefined;
  return Buffer.from(bodies.subarray(body.offset, body.offset + body.octets)).toString();
}

function take(signed: Signed, turn: Turn): Signed {
  const next = turned(signed, turn, REASON);
  if (next === undefined) throw new Error(`nothing to ${turn.to}`);
  return next;
}

describe("who gets what", () => {
  test("at the beginning: the first wave", () => {
    expect(who(rolling().manifest)).toEqual({ canary: 7, eu: 6, us: 6 });
  });

  test("promoted: that wave, too", () => {
    expect(who(take(rolling(), { to: "promote", wave: 1 }).manifest)).toEqual({ canary: 7, eu: 7, us: 6 });
  });

  test("at the last wave all, and the old version is still there to go back to", () => {
    const last = take(rolling(), { to: "promote", wave: 2 });
    expect(who(last.manifest)).toEqual({ canary: 7, eu: 7, us: 7 });
    expect(textOf(last, 6)).toBe("the old one");
    const back = take(last, { to: "abort" });
    expect(who(back.manifest)).toEqual({ canary: 6, eu: 6, us: 6 });
    expect(textOf(back, 6)).toBe("the old one");
  });

  test("done: all, and the old one is no more in the manifest", () => {
    const done = take(rolling({ wave: 2 }), { to: "done" });
    expect(done.manifest.targets).toEqual([{ group: "*", version: 7 }]);
    expect(done.manifest.versions.map((one) => one.version)).toEqual([7]);
    expect(done.manifest.rollout).toBeUndefined();
    expect(textOf(done, 7)).toBe("the new text");
    expect(done.bodies.length).toBe("the new text".length);
  });

  test("aborted: the old one; the number of the new one is not given again", () => {
    const back = take(rolling(), { to: "abort" });
    expect(back.manifest).toMatchObject({ action: "abort", latest: 7, targets: [{ group: "*", version: 6 }] });
    expect(newestOf(back.manifest)?.version).toBe(6);
    expect(back.manifest.rollout).toBeUndefined();
  });

  test("paused and resumed: the same as before", () => {
    const paused = take(rolling({ wave: 1 }), { to: "pause" });
    expect(paused.manifest.rollout).toMatchObject({ state: "paused", wave: 1 });
    const resumed = take(paused, { to: "resume" });
    expect(resumed.manifest.rollout).toEqual(rolling({ wave: 1 }).manifest.rollout);
    expect(who(resumed.manifest)).toEqual(who(rolling({ wave: 1 }).manifest));
  });
});

test("each one raises the id, and says who, when and why", () => {
  const next = take(rolling(), { to: "promote", wave: 1 });
  expect(next.manifest).toMatchObject({ id: 41, action: "promote", ...REASON });
  const { why, ...plain } = REASON;
  expect(turned(rolling(), { to: "pause" }, { ...plain, why: undefined })?.manifest.why, why).toBeUndefined();
});

test("what is done already, or can't be done, is nothing", () => {
  const nothing: readonly (readonly [Signed, Turn])[] = [
    [rolling(), { to: "promote", wave: 0 }],
    [rolling(), { to: "promote", wave: 3 }],
    [rolling({ state: "paused" }), { to: "pause" }],
    [rolling(), { to: "resume" }],
    [take(rolling(), { to: "done" }), { to: "abort" }],
  ];
  for (const [signed, turn] of nothing) expect(turned(signed, turn, REASON)).toBeUndefined();
});

test("a text in blobs stays there", () => {
  const { manifest } = rolling();
  const blobs = { at: "blobs" as const, index: "ab".repeat(32) };
  const versions = manifest.versions.map((one) => ({ ...one, body: blobs }));
  const next = take({ manifest: { ...manifest, versions }, bodies: new Uint8Array(0) }, { to: "abort" });
  expect(next.manifest.versions[0]?.body).toEqual(blobs);
});

test("any row of turns makes manifests that hold: whole, with the texts of all their targets", () => {
  const anyTurn: fc.Arbitrary<Turn> = fc.oneof(
    fc.record({ to: fc.constant("promote" as const), wave: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ to: fc.constantFrom("done" as const, "abort" as const, "pause" as const, "resume" as const) }),
  );
  fc.assert(
    fc.property(fc.array(anyTurn, { maxLength: 8 }), (turns) => {
      let signed = rolling();
      for (const turn of turns) {
        const next = turned(signed, turn, REASON);
        if (next === undefined) continue;
        expect(faultOf(next.manifest)).toBeUndefined();
        expect(next.manifest.id).toBe(signed.manifest.id + 1);
        for (const target of next.manifest.targets) {
          expect(textOf(next, target.version)).toBe(target.version === 7 ? "the new text" : "the old one");
        }
        signed = next;
      }
    }),
  );
});
