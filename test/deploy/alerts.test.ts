/** deploy/prometheus: each alert fires on the fault it is for and on nothing else, and asks for series that there are. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { testWith } from "../support/need.ts";

const FOLDER = resolve(import.meta.dirname, "../../deploy/prometheus");
const METRICS = resolve(import.meta.dirname, "../../src/server/metrics");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Story {
  readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  readonly promql_expr_test?: readonly { readonly expr: string; readonly exp_samples: readonly { value: number }[] }[];
}

const read = (name: string) => parse(readFileSync(join(FOLDER, name), "utf8"));
const rules: readonly Rule[] = read("alerts.yml").groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
const stories: readonly Story[] = read("alerts.test.yml").tests;

testWith("promtool", "the rules are well-formed, and fire as alerts.test.yml says", () => {
  const run = (...args: string[]) => execFileSync("promtool", args, { cwd: FOLDER, encoding: "utf8", stdio: "pipe" });
  expect(run("check", "rules", "alerts.yml")).toContain(`SUCCESS: ${rules.length} rules found`);
  expect(run("test", "rules", "alerts.test.yml")).toContain("SUCCESS");
});

test("each alert has a story in which it fires, and is silent when all is well", () => {
  const names = rules.map(({ alert }) => alert).sort();
  const silent = stories[0]?.alert_rule_test ?? [];
  expect(
    silent
      .filter(({ exp_alerts }) => exp_alerts.length === 0)
      .map(({ alertname }) => alertname)
      .sort(),
  ).toEqual(names);
  const firing = stories.flatMap(({ promql_expr_test = [] }) =>
    promql_expr_test
      .filter(({ exp_samples }) => exp_samples[0]?.value === 1)
      .map(({ expr }) => /alertname="(?<name>\w+)"/.exec(expr)?.groups?.name),
  );
  expect(firing.sort()).toEqual(names);
});

test("each alert says how bad it is, and what to do", () => {
  for (const { alert, labels, annotations } of rules) {
    expect(["warning", "critical"], alert).toContain(labels.severity);
    expect(annotations.summary, alert).not.toBe("");
    expect(annotations.description.length, alert).toBeGreaterThan(40);
  }
});

test("all series that alerts ask for are some that a POP has", () => {
  const source = readdirSync(METRICS).map((name) => readFileSync(join(METRICS, name), "utf8"));
  const whole = source.flatMap((text) => [...text.matchAll(/"(?<name>zonecast_\w+)"/g)].map((match) => match[1]));
  // store.ts puts its names together.
  const store = /zonecast_store_\$\{name\}/.test(source.join()) ? readFileSync(join(METRICS, "store.ts"), "utf8") : "";
  const parts = [...store.matchAll(/"(?<name>[a-z_]+)"/g)].map((match) => `zonecast_store_${match[1]}`);
  const known = new Set([...whole, ...parts]);
  const asked = rules.flatMap(({ expr }) => expr.match(/zonecast_\w+/g) ?? []);
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((name) => !known.has(name))).toEqual([]);
});
