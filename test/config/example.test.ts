import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { configFromYaml, defaults } from "../../src/config/load.ts";

const example = resolve(import.meta.dirname, "../../deploy/pop.yaml");

const text = existsSync(example) ? readFileSync(example, "utf8") : "";

test.skipIf(text === "")("deploy/pop.yaml loads, and says what the defaults are", () => {
  const config = configFromYaml(text, example);
  expect({ ...config, zones: defaults.zones }).toEqual(defaults);
});

test.skipIf(text === "")("deploy/pop.yaml shows every option", () => {
  for (const name of Object.keys(defaults)) expect(text, name).toMatch(new RegExp(`^(?:# )?${name}:`, "m"));
  for (const section of [defaults.tcp, defaults.udp, defaults.cookies, defaults.log]) {
    for (const name of Object.keys(section)) expect(text, name).toMatch(new RegExp(`^ +(?:# )?${name}:`, "m"));
  }
});
