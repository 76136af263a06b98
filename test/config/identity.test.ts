import { hostname } from "node:os";
import { expect, test } from "vitest";
import { popIdentity } from "../../src/config/identity.ts";
import { ConfigError } from "../../src/config/load.ts";

test("the flag wins over POP_ID, POP_ID over the file, the file over the machine's name", () => {
  expect(popIdentity("flag", "environment", "file")).toBe("flag");
  expect(popIdentity(undefined, "environment", "file")).toBe("environment");
  expect(popIdentity(undefined, undefined, "file")).toBe("file");
  expect(popIdentity(undefined, undefined, undefined)).toBe(hostname().slice(0, 63));
});

test("an empty one counts as none: POP_ID= in a unit file is no identity", () => {
  expect(popIdentity("", "", "file")).toBe("file");
});

test("a flag or a POP_ID that is no name is refused, with what it may be", () => {
  const may = 'a name of 1 to 63 letters, digits, ".", "-" and "_"';
  for (const odd of ["z\u00fcrich", "lhr 1", "lhr/1", 'lhr"1', "lhr1\n", "<b>", "x".repeat(64)]) {
    const got = JSON.stringify(odd);
    expect(() => popIdentity(odd, undefined, undefined)).toThrow(
      new ConfigError([`--pop: expected ${may}, got ${got}`]),
    );
    expect(() => popIdentity(undefined, odd, "file")).toThrow(new ConfigError([`POP_ID: expected ${may}, got ${got}`]));
  }
  for (const name of ["lhr1", "LHR-1.example_net", "x".repeat(63), "1"]) {
    expect(popIdentity(name, undefined, undefined)).toBe(name);
    expect(popIdentity(undefined, name, undefined)).toBe(name);
  }
});

test("the machine's name is made to fit: nobody has chosen it for us", () => {
  expect(popIdentity(undefined, undefined, undefined, "lhr1.example.net")).toBe("lhr1.example.net");
  expect(popIdentity(undefined, undefined, undefined, "caf\u00e9 1")).toBe("caf--1");
  expect(popIdentity(undefined, undefined, undefined, "x".repeat(64))).toBe("x".repeat(63));
  expect(popIdentity(undefined, undefined, undefined, "")).toBe("localhost");
});
