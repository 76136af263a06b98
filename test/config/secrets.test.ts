/** No error of a configuration repeats a secret, wherever in the file it went wrong, and each says where. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adminSettings } from "../../src/config/admin.ts";
import { ConfigError, configFromYaml } from "../../src/config/load.ts";
import { shownFile, shownPlace } from "../../src/sync/store/shown.ts";

const HEX = "c0ffee00deadbeefc0ffee00deadbeef";
const WORD = "Hunter2Hunter2Hunter2Hunter2";

function complaint(yaml: string): string {
  try {
    configFromYaml(yaml, "pop.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`no error: ${yaml}`);
}

describe("a secret that is wrong, or where none belongs", () => {
  test.each([
    [`cookies: { secrets: [${HEX}0] }`, HEX],
    [`cookies: { secrets: [${HEX}, ${HEX.slice(1)}] }`, HEX.slice(1)],
    ["cookies: { secrets: 12345678901234567890123456789012345 }", "1234567890"],
    [`cookies: { secrets: "${HEX} " }`, HEX],
    [`cookies: { secret: ${HEX} }`, HEX],
    [`cookies: ${HEX}`, HEX],
    [`cookies: { enabled: ${HEX}0 }`.replace("enabled", "secrets"), HEX],
    [`cookies: { ${HEX} }`, HEX],
    [`cookies:\n  secrets:\n  - "${HEX}\\q"`, HEX],
    [`cookies: { secrets: [${HEX} }`, HEX],
    [`cookies: { secrets: !${HEX}x }`, HEX],
    [`cookies:\n  secrets: ${HEX}\n  secrets: ${HEX}`, HEX],
    [`cookies:\n  secrets: "${HEX}\n`, HEX],
    [`cookies:\n  secrets: "${HEX}" ${HEX}\n`, HEX],
    [`admin: ${WORD}`, WORD],
    [`admin: { listen: 127.0.0.1@1, token: "${WORD} ${WORD}" }`, WORD],
    ["admin: { listen: 127.0.0.1@1, token: Hunter2 }", "Hunter2"],
    [`admin: { listen: 127.0.0.1@1, tokken: ${WORD} }`, WORD],
    [`admin: { listen: 127.0.0.1@1, token: [${WORD}] }`, WORD],
    [`admin: { listen: 127.0.0.1@1, token: { ${WORD}: 1 } }`, WORD],
    [`admin: { ${WORD} }`, WORD],
    [`admin: { listen: 127.0.0.1@1, token: |${WORD}\n  x }`, WORD],
    [`admin:\n  listen: 127.0.0.1@1\n  token: *${WORD}`, WORD],
    [`admin:\n  listen: 127.0.0.1@1\n  token: @${WORD}`, WORD],
    [`admin:\n  listen: 127.0.0.1@1\n  token: %${WORD}`, WORD],
    [`anycast: { bgp: { neighbours: [{ at: 127.0.0.1, as: 1, password: [${WORD}] }] } }`, WORD],
    [`anycast: { bgp: { neighbours: [{ at: 127.0.0.1, as: 1, pasword: ${WORD} }] } }`, WORD],
    [`anycast: { bgp: { neighbours: [${WORD}] } }`, WORD],
    [`store: { at: "nats://h", trust: [MC4CAQAwBQYDK2VwBCIEI${WORD}] }`, WORD],
    [`${WORD}: 1`, WORD],
  ])("%j", (yaml, secret) => {
    const message = complaint(yaml);
    expect(message).not.toContain(secret);
    for (const line of message.split("\n")) expect(line).toMatch(/^pop\.yaml:\d+:\d+ {2}./);
  });
});

test("wherever a token stands in a token's place or a secret's list, with whatever characters, no error has it", () => {
  const printable = fc.string({
    unit: fc.constantFrom(..."abcXYZ019*&!%@|>-:#{}[],'\"\\ \t?~`"),
    minLength: 0,
    maxLength: 6,
  });
  const around = fc.constantFrom(
    (value: string) => `admin: { listen: 127.0.0.1@1, token: ${value} }`,
    (value: string) => `admin:\n  token: ${value}\n  listen: x\n`,
    (value: string) => `cookies:\n  secrets:\n    - ${value}\n`,
    (value: string) => `cookies: ${value}\n`,
  );
  fc.assert(
    fc.property(printable, printable, around, (before, after, make) => {
      let message = "";
      try {
        configFromYaml(make(`${before}S3cretWord99${after}`), "pop.yaml");
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).not.toContain("S3cretWord99");
    }),
    { numRuns: 500 },
  );
});

test("a token of the environment is not repeated either", () => {
  const { wrong } = adminSettings(undefined, { address: "127.0.0.1", port: 1 }, "Hunter2");
  expect(wrong).toMatch(/^ZONECAST_ADMIN_TOKEN: expected/);
  expect(wrong).not.toContain("Hunter2");
});

test("a store is shown without who asks there, and a credential that was given in its file's place not at all", () => {
  const seed = `SU${"A2B3".repeat(14)}`;
  expect(shownPlace("nats://pop:Hunter2@a:4222, tls://Hunter2@b")).toBe("nats://a:4222,tls://b");
  expect(shownPlace("sqlite:/var/lib/a@b.db")).toBe("sqlite:/var/lib/a@b.db");
  expect(shownPlace("http://me:Hunter2@store/")).toBe("http://store");
  expect(shownFile("/etc/zonecast/pop.creds")).toBe("/etc/zonecast/pop.creds");
  for (const secret of [seed, "pop:Hunter2", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHunter2"]) {
    expect(shownFile(`/etc/zonecast/${secret}`)).not.toContain(secret.slice(-7));
  }
  expect(shownPlace(seed)).not.toContain(seed);
});
