import { hostname } from "node:os";
import { expect, test } from "vitest";
import { popIdentity } from "../../src/config/identity.ts";

test("the flag wins over POP_ID, POP_ID over the file, the file over the machine's name", () => {
  expect(popIdentity("flag", "environment", "file")).toBe("flag");
  expect(popIdentity(undefined, "environment", "file")).toBe("environment");
  expect(popIdentity(undefined, undefined, "file")).toBe("file");
  expect(popIdentity(undefined, undefined, undefined)).toBe(hostname().slice(0, 63));
});

test("an empty one counts as none: POP_ID= in a unit file is no identity", () => {
  expect(popIdentity("", "", "file")).toBe("file");
});

test("at most 63 characters", () => {
  expect(popIdentity("x".repeat(100), undefined, undefined)).toBe("x".repeat(63));
});
