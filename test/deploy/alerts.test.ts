/**
 * deploy/prometheus: each alert fires on the fault it is for and on nothing else, and asks for series that there are, as the
 * dashboard in deploy/grafana does.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
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

const DASHBOARD = resolve(import.meta.dirname, "../../deploy/grafana/zonecast.json");

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Variable {
  readonly name: string;
  readonly definition?: string;
}

const { panels, annotations, templating } = JSON.parse(readFileSync(DASHBOARD, "utf8")) as {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly Variable[] };
};
const drawn = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const queries = [...drawn, ...annotations.list.map(({ expr }) => expr)];

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

/** Names of all series that a POP has: ours by the source, and those that prom-client makes of the process. */
function known(): Set<string> {
  const source = readdirSync(METRICS).map((name) => readFileSync(join(METRICS, name), "utf8"));
  const whole = source.flatMap((text) => [...text.matchAll(/"(?<name>zonecast_\w+)"/g)].map((match) => match[1]));
  // store.ts puts its names together.
  const store = /zonecast_store_\$\{name\}/.test(source.join()) ? readFileSync(join(METRICS, "store.ts"), "utf8") : "";
  const parts = [...store.matchAll(/"(?<name>[a-z_]+)"/g)].map((match) => `zonecast_store_${match[1]}`);
  const histogram = ["bucket", "sum", "count"].map((ending) => `zonecast_response_seconds_${ending}`);
  const register = new Registry();
  collectDefaultMetrics({ register });
  const process = register.getMetricsAsArray().map(({ name }) => name);
  return new Set([...whole, ...parts, ...histogram, ...process]);
}

const namesIn = (expr: string) => expr.match(/\b(?:zonecast|nodejs|process)_\w+/g) ?? [];

test("all series that alerts ask for are some that a POP has", () => {
  const names = known();
  const asked = rules.flatMap(({ expr }) => namesIn(expr));
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((name) => !names.has(name))).toEqual([]);
});

test("all series that the dashboard asks for are some that a POP has, and its list of POPs too", () => {
  const names = known();
  const list = templating.list.find(({ name }) => name === "pop")?.definition ?? "";
  // Not of up: only what a POP says itself has its label.
  expect(list).toMatch(/^label_values\(zonecast_\w+\{.*\}, pop\)$/);
  expect(drawn.length).toBeGreaterThan(30);
  expect([...queries, list].flatMap(namesIn).filter((name) => !names.has(name))).toEqual([]);
});

testWith("promtool", "Prometheus understands each query of the dashboard", () => {
  const filled = queries.map((expr) => expr.replaceAll("$__rate_interval", "1m").replaceAll("$pop", "lhr1|fra1"));
  expect(filled.filter((expr) => expr.includes("$"))).toEqual([]);
  const folder = mkdtempSync(join(tmpdir(), "zonecast-grafana-"));
  try {
    const file = join(folder, "queries.yml");
    const asked = filled.map((expr, i) => ({ record: `query:${i}`, expr }));
    writeFileSync(file, stringify({ groups: [{ name: "dashboard", rules: asked }] }));
    const said = execFileSync("promtool", ["check", "rules", file], { encoding: "utf8", stdio: "pipe" });
    expect(said).toContain(`SUCCESS: ${queries.length} rules found`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the dashboard shows what an operator looks for", () => {
  const shown = new Set(drawn.flatMap(namesIn));
  const wanted = [
    ...["queries_total", "responses_total", "response_seconds_bucket", "dropped_total", "zones", "zone_stale"],
    ...["prefix_announced", "route_transitions_total", "store_connected", "store_position", "store_refusals"],
  ];
  expect(wanted.filter((name) => !shown.has(`zonecast_${name}`))).toEqual([]);
  expect(shown).toContain("nodejs_eventloop_lag_p99_seconds");
});

test("panels of the dashboard have numbers of their own, and none lies over another", () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const over = panels.flatMap(({ id, title, gridPos: one }) =>
    panels
      .filter(({ id: otherId, gridPos: other }) => {
        const beside = one.x + one.w <= other.x || other.x + other.w <= one.x;
        return id < otherId && !beside && one.y < other.y + other.h && other.y < one.y + one.h;
      })
      .map((other) => `${title} / ${other.title}`),
  );
  expect(over).toEqual([]);
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
});
