/** Where the admin server is opened, and where it is not. */

import { expect, test } from "vitest";
import { adminSettings } from "../../src/config/admin.ts";
import { configFromYaml, placeInYaml } from "../../src/config/load.ts";
import type { Listen } from "../../src/text/listen.ts";

const TOKEN = "0123456789abcdef";
const at = (address: string): Listen => ({ address, port: 9053 });
const yaml = (text: string) => configFromYaml(text, "pop.yaml").admin;

test("none without an address, whatever token there is", () => {
  expect(adminSettings(undefined, undefined, undefined)).toEqual({});
  expect(adminSettings(undefined, undefined, TOKEN)).toEqual({});
});

test("the flag's address wins over the file's, ZONECAST_ADMIN_TOKEN over its token", () => {
  const file = yaml(`admin: { listen: 192.0.2.1@9053, token: ${TOKEN}, dashboard: false }`);
  const other = "fedcba9876543210";
  expect(adminSettings(file, undefined, undefined)).toEqual({
    settings: { listen: at("192.0.2.1"), token: TOKEN, dashboard: false },
  });
  expect(adminSettings(file, at("127.0.0.1"), other)).toEqual({
    settings: { listen: at("127.0.0.1"), token: other, dashboard: false },
  });
  expect(adminSettings(yaml("admin: 192.0.2.1@9053"), undefined, other)).toEqual({
    settings: { listen: at("192.0.2.1"), token: other, dashboard: true },
  });
});

test("without a token, a loopback address only", () => {
  for (const address of ["127.0.0.1", "127.1.2.3", "::1"]) {
    const settings = { listen: at(address), token: undefined, dashboard: true };
    expect(adminSettings(at(address), undefined, undefined)).toEqual({ settings });
    expect(adminSettings(undefined, at(address), "")).toEqual({ settings });
  }
  for (const address of ["0.0.0.0", "::", "192.0.2.1", "10.0.0.1", "2001:db8::1", "fe80::1%lo", "::ffff:7f00:1"]) {
    const { settings, wrong } = adminSettings(at(address), undefined, undefined);
    expect(settings, address).toBeUndefined();
    expect(wrong).toContain(`admin: ${address}@9053 can be reached from other machines and has no token`);
  }
});

test("a ZONECAST_ADMIN_TOKEN that could be guessed is refused, and not shown", () => {
  const { settings, wrong } = adminSettings(at("127.0.0.1"), undefined, "hunter2");
  expect(settings).toBeUndefined();
  expect(wrong).toMatch(/^ZONECAST_ADMIN_TOKEN: expected a token of 16 to 256 /);
  expect(wrong).not.toContain("hunter2");
});

test("where a value stands in the file can be told later", () => {
  expect(placeInYaml("pop: x\nadmin:   0.0.0.0@1\n", "pop.yaml", ["admin"])).toBe("pop.yaml:2:10");
  expect(placeInYaml("pop: x\nadmin:\n  listen: 0.0.0.0@1\n", "pop.yaml", ["admin", "listen"])).toBe("pop.yaml:3:11");
});
