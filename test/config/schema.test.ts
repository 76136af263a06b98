/** Every option: what it takes, what it refuses. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError, configFromYaml } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";

const read = (yaml: string) => configFromYaml(yaml, "pop.yaml");

/** What is wrong with a configuration; empty when nothing is. */
function complaint(yaml: string): string {
  try {
    read(yaml);
    return "";
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

interface Number {
  readonly yaml: (value: unknown) => string;
  readonly get: (config: Config) => number;
  readonly min: number;
  readonly max: number;
}

const numbers: Readonly<Record<string, Number>> = {
  workers: { yaml: (value) => `workers: ${value}`, get: ({ workers }) => Number(workers), min: 1, max: 64 },
  "udp.payload": { yaml: (value) => `udp: { payload: ${value} }`, get: ({ udp }) => udp.payload, min: 512, max: 4096 },
  "udp.stale": { yaml: (value) => `udp: { stale: ${value} }`, get: ({ udp }) => udp.stale, min: 0, max: 10_000 },
  "tcp.idle": { yaml: (value) => `tcp: { idle: ${value} }`, get: ({ tcp }) => tcp.idle, min: 1, max: 300 },
  "tcp.message": { yaml: (value) => `tcp: { message: ${value} }`, get: ({ tcp }) => tcp.message, min: 1, max: 300 },
  "tcp.unread": { yaml: (value) => `tcp: { unread: ${value} }`, get: ({ tcp }) => tcp.unread, min: 1, max: 300 },
  "tcp.connections": {
    yaml: (value) => `tcp: { connections: ${value} }`,
    get: ({ tcp }) => tcp.connections,
    min: 1,
    max: 100_000,
  },
  "tcp.per-client": {
    yaml: (value) => `tcp: { per-client: ${value} }`,
    get: ({ tcp }) => tcp["per-client"],
    min: 1,
    max: 100_000,
  },
};

describe.each(Object.entries(numbers))("%s", (name, { yaml, get, min, max }) => {
  test("takes its bounds and refuses what is past them", () => {
    expect(get(read(yaml(min)))).toBe(min);
    expect(get(read(yaml(max)))).toBe(max);
    for (const wrong of [min - 1, max + 1]) {
      expect(complaint(yaml(wrong))).toMatch(
        new RegExp(`${name}: expected a whole number from ${min} to ${max}( or auto)?, got ${wrong}`),
      );
    }
  });

  test("refuses what is no whole number", () => {
    for (const wrong of [min + 0.5, ".nan", ".inf", '"5"', "true", "null", "0x", "1_0", "[5]"]) {
      expect(complaint(yaml(wrong)), String(wrong)).toContain(`${name}: expected a whole number`);
    }
  });
});

test("listen: one address or several, both families, port 53 by default", () => {
  expect(read("listen: 192.0.2.53").listen).toEqual([{ address: "192.0.2.53", port: 53 }]);
  expect(read('listen: [192.0.2.53@5353, 2001:db8::53@53, "[::1]@54"]').listen).toEqual([
    { address: "192.0.2.53", port: 5353 },
    { address: "2001:db8::53", port: 53 },
    { address: "::1", port: 54 },
  ]);
});

test("listen refuses names, bad ports, and an empty list: a server that serves nowhere is no server", () => {
  for (const wrong of [
    "localhost@53",
    "192.0.2.53@0",
    "192.0.2.53@65536",
    "192.0.2.53@",
    "192.0.2.53@x",
    "192.0.2@53",
  ]) {
    expect(complaint(`listen: ${wrong}`), wrong).toContain("listen: expected ADDR@PORT");
  }
  expect(complaint("listen: []")).toContain("listen: expected a list, each ADDR@PORT");
  expect(complaint("listen: []")).toContain("got an empty list");
});

test("admin: one address, or a section with a token that can't be guessed", () => {
  const listen = { address: "127.0.0.1", port: 8053 };
  expect(read("admin: 127.0.0.1@8053").admin).toEqual(listen);
  expect(complaint("admin: 8053")).toContain("admin: expected ADDR@PORT");
  expect(read("admin: { listen: 127.0.0.1@8053 }").admin).toEqual({ listen, token: undefined, dashboard: true });
  const token = "0123456789abcdef";
  const whole = `admin: { listen: 127.0.0.1@8053, token: ${token}, dashboard: false }`;
  expect(read(whole).admin).toEqual({ listen, token, dashboard: false });
  expect(complaint("admin: { dashboard: true }")).toContain("admin.listen: expected ADDR@PORT");
  for (const wrong of [
    "short",
    "x".repeat(15),
    "x".repeat(257),
    '"with a space in it"',
    '"\u00fcber-sechzehn-zeichen"',
  ]) {
    expect(complaint(`admin: { listen: 127.0.0.1@1, token: ${wrong} }`), wrong).toContain(
      "admin.token: expected a token of 16",
    );
  }
});

test("pop: 1 to 63 letters, digits, dots, dashes and underscores, as they are written", () => {
  expect(read("pop: fra1").pop).toBe("fra1");
  expect(read(`pop: ${"x".repeat(63)}`).pop).toBe("x".repeat(63));
  expect(complaint(`pop: ${"x".repeat(64)}`)).toContain("pop: expected a name of 1 to 63 letters");
  for (const odd of ["a b", "a/b", "z\u00fcrich", '"a\\nb"', '"<b>"']) {
    expect(complaint(`pop: ${odd}`), odd).toContain("pop: expected a name of 1 to 63 letters");
  }
  expect(read("pop: 007").pop).toBe("007");
  expect(read("pop: 1e3").pop).toBe("1e3");
});

test("version: text, as it is written", () => {
  expect(read("version: 1.10").version).toBe("1.10");
  expect(read("version: Zonecast").version).toBe("Zonecast");
  expect(complaint("version: [1]")).toContain("version: expected a text");
});

test("zones: directories, and files with or without their zone's name", () => {
  expect(read("zones: /srv/zones").zones).toEqual(["/srv/zones"]);
  const yaml = "zones:\n  - a\n  - { name: example.com, file: b.txt }\n  - file: example.org.zone\n";
  expect(read(yaml).zones).toEqual([
    "a",
    { name: "example.com", file: "b.txt" },
    { name: undefined, file: "example.org.zone" },
  ]);
  expect(read("zones: []").zones).toEqual([]);
});

test("zones refuses a name that is none, a zone without a file, and what is neither", () => {
  for (const wrong of ["a..b", ".a", `${"x".repeat(64)}.example`, '""']) {
    expect(complaint(`zones: [{ name: ${wrong}, file: a }]`), wrong).toContain("zones[0].name: expected a zone's name");
  }
  expect(read('zones: [{ name: ".", file: root.zone }]').zones).toEqual([{ name: ".", file: "root.zone" }]);
  expect(complaint("zones:\n  - a\n  - name: example.com\n")).toBe(
    "pop.yaml:3:5  zones[1].file: expected a path, got nothing",
  );
  expect(complaint("zones: [{ file: a, origin: b }]")).toContain("zones[0].origin: no such option");
  expect(complaint("zones: [null]")).toContain("zones[0]: expected a directory, got null");
});

test("cookies: on or off, with secrets of 16 octets in hex", () => {
  expect(read("cookies: { enabled: false }").cookies.enabled).toBe(false);
  expect(complaint("cookies: { enabled: no }")).toContain("cookies.enabled: expected true or false");
  const secrets = read("cookies:\n  secrets:\n    - e5e973e5a6b2a43f48e7dc849e37bfcf\n").cookies.secrets;
  expect(secrets.map((secret) => Buffer.from(secret ?? []).toString("hex"))).toEqual([
    "e5e973e5a6b2a43f48e7dc849e37bfcf",
  ]);
  for (const wrong of ["e5e9", "xyz973e5a6b2a43f48e7dc849e37bfcf", "e5e973e5a6b2a43f48e7dc849e37bfcf00"]) {
    expect(complaint(`cookies: { secrets: [${wrong}] }`), wrong).toContain(
      "cookies.secrets[0]: expected 32 hex digits",
    );
  }
});

test("a secret of digits alone is not taken for a number", () => {
  for (const digits of ["12345678901234567890123456789012", "00000000000000000000000000000001"]) {
    const [secret] = read(`cookies: { secrets: ${digits} }`).cookies.secrets;
    expect(Buffer.from(secret ?? []).toString("hex")).toBe(digits);
  }
});

test.each([
  ["log: { level: WORD }", "log.level", ["debug", "info", "warn", "error"]],
  ["log: { format: WORD }", "log.format", ["auto", "json", "text"]],
  ["transport: WORD", "transport", ["auto", "batch", "dgram"]],
] as const)("%s: one of a few words", (yaml, name, words) => {
  for (const word of words) expect(complaint(yaml.replace("WORD", word))).toBe("");
  for (const wrong of ["other", "INFO", "1", "true", '""']) {
    expect(complaint(yaml.replace("WORD", wrong))).toContain(`${name}: expected one of ${words.join(", ")}, got`);
  }
});

test("a line break that a message quotes does not break the message", () => {
  expect(complaint('transport: "a\\nb"')).toMatch(/^pop\.yaml:1:12 {2}transport: expected one of .*, got "a\\nb"$/);
  expect(complaint('pop: "\\U\nlog: ').split("\n")).toHaveLength(2);
});

test("any text is a configuration or is refused with lines and columns: nothing else is thrown", () => {
  const key = fc.constantFrom("pop", "listen", "zones", "tcp", "udp", "log", "cookies", "name", "file", "x");
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string());
  const yaml = fc.oneof(
    fc.string(),
    fc.dictionary(key, value).map((object) => JSON.stringify(object)),
    fc.dictionary(key, fc.string()).map((object) =>
      Object.entries(object)
        .map((pair) => pair.join(": "))
        .join("\n"),
    ),
  );
  fc.assert(
    fc.property(yaml, (content) => {
      for (const line of complaint(content).split("\n").filter(Boolean)) expect(line).toMatch(/^pop\.yaml:\d+:\d+ {2}/);
    }),
    { numRuns: 300 },
  );
});
