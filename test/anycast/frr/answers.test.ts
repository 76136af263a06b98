/** What bgpd says in JSON, as this release knows it, and as another one may say it. */

import { describe, expect, test } from "vitest";
import { jsonAnswers, pathsOf, someEstablished } from "../../../src/anycast/frr/answers.ts";

test("answers to several questions, one of them no JSON", () => {
  expect(jsonAnswers('a line\n{\n"a":1\n}\n{}\n{\n"b":\n}\n')).toEqual([{ a: 1 }, {}, undefined]);
});

test("our own path, and a neighbour's", () => {
  const own = { sourced: true, valid: true };
  expect(pathsOf({ paths: [own, { valid: true }] })).toEqual({ own: "valid", foreign: true });
  expect(pathsOf({ paths: [{ ...own, valid: false }] })).toEqual({ own: "invalid", foreign: false });
  expect(pathsOf({ paths: [{ ...own, removed: true }] })).toEqual({ own: "none", foreign: false });
  expect(someEstablished({ peers: { a: { state: "Idle" }, b: { state: "Established" } } })).toBe(true);
});

describe("what is not as it was is as if it were not there", () => {
  // Found by fuzzing: each of these threw.
  test.each([[undefined], [null], [{ paths: null }], [{ paths: 7 }], [{ paths: "x" }], [{ paths: [null, 1] }]])(
    "paths in %j",
    (answer) => expect(pathsOf(answer)).toEqual({ own: "none", foreign: false }),
  );
  test.each([[undefined], [{ peers: null }], [{ peers: [null] }], [{ peers: { a: null } }], [{ peers: 1 }]])(
    "peers in %j",
    (answer) => expect(someEstablished(answer)).toBe(false),
  );
});
