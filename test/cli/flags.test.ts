import { expect, test } from "vitest";
import { helpOf, parseFlags, UsageError, type Verb } from "../../src/cli/flags.ts";

const flags = {
  one: { value: "X", help: "One value." },
  many: { value: "Y", many: true, help: "Several values." },
  switch: { help: "On or off." },
} as const;
const verb: Verb<typeof flags> = { name: "do", about: "Does it.", flags };
const withRest: Verb<typeof flags> = { ...verb, rest: "FILE..." };

test("values, switches, repeated flags, and what is left", () => {
  const { flags: given, rest } = parseFlags(withRest, ["a", "--one=1", "--many", "2", "b", "--switch", "--many", "3"]);
  expect(given).toEqual({ one: "1", many: ["2", "3"], switch: true });
  expect(rest).toEqual(["a", "b"]);
  expect(parseFlags(verb, [])).toEqual({ flags: {}, rest: [] });
});

test("after -- nothing is a flag", () => {
  expect(parseFlags(withRest, ["--", "--one"]).rest).toEqual(["--one"]);
});

test.each([
  [["--other"], "Unknown option '--other'"],
  [["-x"], "Unknown option '-x'"],
  [["--one"], "Option '--one <value>' argument missing"],
  [["--switch=1"], "Option '--switch' does not take an argument"],
  [["file"], "Unexpected argument 'file'"],
])("%j can't be understood", (args, message) => {
  expect(() => parseFlags(verb, args)).toThrow(new UsageError(message));
});

test("the help has a line for each flag, in columns", () => {
  expect(helpOf(withRest)).toBe(
    [
      "Does it.",
      "",
      "Usage: zonecast do [flags] FILE...",
      "",
      "  --one X   One value.",
      "  --many Y  Several values.",
      "  --switch  On or off.",
      "  --help    Show this.",
      "",
    ].join("\n"),
  );
});
