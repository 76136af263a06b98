/** What is said at a start about rights: of the process, and of files with secrets. */

import { expect, test } from "vitest";
import { tellOfRights } from "../../src/server/precautions.ts";

function told(uid: number | undefined, modes: Readonly<Record<string, number>>): string[] {
  const lines: string[] = [];
  const tell = (level: string, event: string, facts: Readonly<Record<string, unknown>>) => {
    lines.push([level, event, ...Object.values(facts)].join(" "));
  };
  tellOfRights(tell, Object.keys(modes), { uid, modeOf: (file) => (modes[file] === -1 ? undefined : modes[file]) });
  return lines;
}

test("root is told once that it need not be; any other user is not", () => {
  expect(told(0, {})).toEqual(["warn privileges.root"]);
  expect(told(1000, {})).toEqual([]);
});

test("a secret that everybody can read is told of; one that its group shares, or that is not there, is not", () => {
  const modes = { a: 0o100600, b: 0o100640, c: 0o100644, d: 0o100444, e: 0o100602, f: -1 };
  expect(told(1000, modes)).toEqual(["warn secrets.readable c", "warn secrets.readable d"]);
});

test("where there are no users, nothing is said", () => {
  expect(told(undefined, { c: 0o100666 })).toEqual([]);
});
