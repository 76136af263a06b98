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
  const { tcp, tls, udp, cookies, log, publish, anycast, querylog, dnstap, rrl } = defaults;
  const { bgp, bird, frr, levels, health, soft, fleet, drain } = anycast;
  const nested = [bgp, bird, frr, levels, levels.up, levels.reserve, levels.draining, health, soft, fleet, drain];
  for (const section of [
    tcp,
    tls,
    udp,
    cookies,
    log,
    querylog,
    dnstap,
    rrl,
    publish,
    publish.guards,
    publish.jumps,
    anycast,
    ...nested,
  ]) {
    for (const name of Object.keys(section)) expect(text, name).toMatch(new RegExp(`^ +(?:# )?${name}:`, "m"));
  }
});

test.skipIf(text === "")("the store that deploy/pop.yaml shows can be taken as it stands", () => {
  const shown = /^# store:\n(?:# .*\n)+/m.exec(text)?.[0].replaceAll(/^# /gm, "") ?? "";
  const { store } = configFromYaml(shown, example);
  expect(store).toMatchObject({
    at: "nats://store.example.net:4222",
    credentials: "/etc/zonecast/pop.creds",
    trust: [],
  });
  expect(store).toMatchObject({ tls: { ca: "/etc/zonecast/ca.pem", cert: "/etc/zonecast/pop.pem" } });
});

test.skipIf(text === "")("the prefixes and neighbours that deploy/pop.yaml shows can be taken as they stand", () => {
  const items = (name: string) =>
    new RegExp(`^ +${name}: \\[\\]\\n((?: +# .*\\n)+)`, "m").exec(text)?.[1]?.replaceAll(/^( +)# (?!- ).*\n/gm, "") ??
    "";
  const list = (name: string) => items(name).replaceAll(/^( +)# - /gm, "$1  - ");
  const shown = ["prefixes", "require"].map((name) => `  ${name}:\n${list(name)}`).join("");
  const yaml = `anycast:\n  as: 64500\n${shown}  bgp:\n    neighbours:\n${list("neighbours")}`;
  const { anycast } = configFromYaml(yaml, example);
  expect(anycast.prefixes).toHaveLength(4);
  expect(anycast.bgp.neighbours).toHaveLength(2);
  expect(anycast.require).toHaveLength(1);
});

test.skipIf(text === "")("the admin server that deploy/pop.yaml shows can be taken as it stands", () => {
  const shown = /^# admin:\n(?:# .*\n)+/m.exec(text)?.[0].replaceAll(/^# /gm, "") ?? "";
  const { admin } = configFromYaml(shown, example);
  expect(admin).toEqual({ listen: { address: "192.0.2.2", port: 9053 }, token: expect.any(String), dashboard: true });
});
