import { expect, test } from "vitest";
import { ConfigError, configFromYaml, defaults } from "../../src/config/load.ts";

/** The lines that a configuration is refused with, without the file's name. */
function refused(yaml: string): string[] {
  try {
    configFromYaml(yaml, "pop.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.lines.map((line) => line.replace(/^pop\.yaml:/, ""));
    throw error;
  }
  throw new Error(`not refused: ${yaml}`);
}

test.each([
  ["an empty file", ""],
  ["blank lines", "\n\n  \n"],
  ["comments only", "# pop: a\n# listen: b\n"],
  ["an empty document", "---\n...\n"],
  ["an empty section", "tcp: {}\n"],
  ["a section whose lines are all comments", "tcp:\n  # idle: 5\n"],
])("%s gives the defaults", (_what, yaml) => {
  expect(configFromYaml(yaml, "pop.yaml")).toEqual(defaults);
});

test("the defaults serve on the loopback address, and name no source of zones", () => {
  expect(defaults.listen).toEqual([{ address: "127.0.0.1", port: 5300 }]);
  expect(defaults.zones).toEqual([]);
  expect(defaults.store).toBeUndefined();
  expect(defaults.udp.payload).toBe(1232);
  expect(defaults.tcp).toEqual({ idle: 10, message: 5, unread: 5, connections: 2000, "per-client": 50 });
  expect(defaults.cookies.enabled).toBe(true);
  expect(defaults.admin).toBeUndefined();
});

test("what a section does not say keeps its default", () => {
  const config = configFromYaml("tcp: { idle: 3 }\n", "pop.yaml");
  expect(config.tcp).toEqual({ ...defaults.tcp, idle: 3 });
  expect(config.udp).toEqual(defaults.udp);
});

test("CRLF and a byte order mark do no harm", () => {
  const config = configFromYaml("\ufeffpop: fra1\r\ntcp:\r\n  idle: 4\r\n", "pop.yaml");
  expect([config.pop, config.tcp.idle]).toEqual(["fra1", 4]);
});

test("every error is told at once, with line and column, in the file's order", () => {
  const yaml = [
    "pop: ''",
    "listen: [192.0.2.1@53, example.com@53]",
    "workers: many",
    "tcp:",
    "  idle: ten",
    "  idel: 10",
    "log: { level: loud }",
  ].join("\n");
  expect(refused(yaml)).toEqual([
    '1:6  pop: expected a name of 1 to 63 letters, digits, ".", "-" and "_", got ""',
    '2:24  listen[1]: expected ADDR@PORT, such as 192.0.2.53@53 or 2001:db8::53@53, got "example.com@53"',
    '3:10  workers: expected a whole number from 1 to 64 or auto, got "many"',
    '5:9  tcp.idle: expected a whole number from 1 to 300, got "ten"',
    "6:3  tcp.idel: no such option; there is idle, message, unread, connections, per-client",
    '7:15  log.level: expected one of debug, info, warn, error, got "loud"',
  ]);
});

test("unknown names are told with the ones there are, also those that every object has", () => {
  expect(refused("zone: x\n")[0]).toMatch(/^1:1 {2}zone: no such option; there is pop, listen, .*zones/);
  expect(refused("constructor: x\n")[0]).toMatch(/^1:1 {2}constructor: no such option/);
  expect(refused("__proto__: { admin: 1 }\n")[0]).toMatch(/^1:1 {2}__proto__: no such option/);
  expect(refused("? [a, b]\n: c\n")[0]).toMatch(/no such option/);
});

test.each([
  ["a list", "- pop: a\n", "1:1  the file: expected a section with pop, "],
  ["a word", "hello\n", "1:1  the file: expected a section with pop, "],
  [
    "a list for a section",
    "tcp: [1, 2]\n",
    "1:6  tcp: expected a section with idle, message, unread, connections, per-client, got a list",
  ],
  [
    "a section for a number",
    "workers: { a: 1 }\n",
    "1:10  workers: expected a whole number from 1 to 64 or auto, got a section",
  ],
  [
    "a list for a name",
    "pop: [a]\n",
    '1:6  pop: expected a name of 1 to 63 letters, digits, ".", "-" and "_", got a list',
  ],
  ["nothing for a name", "pop:\n", '1:5  pop: expected a name of 1 to 63 letters, digits, ".", "-" and "_", got null'],
  [
    "true for a name",
    "pop: true\n",
    '1:6  pop: expected a name of 1 to 63 letters, digits, ".", "-" and "_", got true',
  ],
])("%s is told where it stands", (_what, yaml, line) => {
  expect(refused(yaml)[0].startsWith(line), refused(yaml)[0]).toBe(true);
});

test.each([
  ["an open bracket", "listen: [192.0.2.1@53\n"],
  ["an open quote", 'pop: "fra1\n'],
  ["a tab for indentation", "tcp:\n\tidle: 3\n"],
  ["a name twice", "pop: a\npop: b\n"],
  ["two documents", "pop: a\n---\npop: b\n"],
  ["an alias without its anchor", "pop: *nobody\n"],
  ["an address in brackets, which are YAML's", "listen: [::1]@53\n"],
])("YAML that is none: %s is told with line and column", (_what, yaml) => {
  for (const line of refused(yaml)) expect(line).toMatch(/^\d+:\d+ {2}\S/);
});

test("an anchor is allowed, an alias is not a value", () => {
  expect(configFromYaml("pop: &here fra1\n", "pop.yaml").pop).toBe("fra1");
  expect(refused("pop: &here fra1\nversion: *here\n")).toEqual(["2:10  version: expected a text, got an alias"]);
});

test("aliases of aliases take no time", () => {
  const levels = Array.from({ length: 30 }, (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}, *x${i}]`);
  expect(refused(["x0: &x0 a", ...levels].join("\n")).length).toBe(31);
});

test("the message of the error is its lines", () => {
  const error = new ConfigError(["one", "two"]);
  expect(error.message).toBe("one\ntwo");
});
