/** deploy/LOGS.md has every event that the source can write, with its level, and none besides. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const FILE = join(ROOT, "deploy/LOGS.md");

/** What names with a part that is filled in stand for. One that is not here fails the test: add it, and its rows. */
const FILLED: Readonly<Record<string, readonly string[]>> = {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: as they stand in the source
  "zone.${problem.severity}": ["zone.error", "zone.warning"],
  "image.${kind}": ["image.damaged", "image.stale"],
  "route.${to}": ["route.up", "route.reserve", "route.draining", "route.off"],
  "${what}.kept": ["copy.kept", "blobs.kept"],
  "${what}.unkept": ["copy.unkept", "blobs.unkept"],
  "fleet.${what}.lost": ["fleet.reports.lost", "fleet.orders.lost"],
  "fleet.${what}.back": ["fleet.reports.back", "fleet.orders.back"],
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as they stand in the source
};

interface Written {
  /** As in the source, a template with its braces. */
  readonly name: string;
  /** Where the source says it beside the name. */
  readonly level: string | undefined;
}

const LITERAL = /(["`])([a-z$][\w.${}-]*)\1/g;
const literals = (text: string) => [...text.matchAll(LITERAL)].map(([, , name]) => name);

/** The events in a source text: log.LEVEL({ event: … }), { level, event: … }, and tell(LEVEL, EVENT, …). */
function eventsIn(text: string): Written[] {
  const keyed = text.matchAll(/(?:\.(info|warn|error)\(\s*\{ ?|\b)event: ((?:["`][^"`]+["`])(?: \| "[^"]+")*)/g);
  const told = text.matchAll(/\b(?:[tT]ell)\(\s*(?:"(info|warn|error)"|[\w.]*[lL]evel)\s*,\s*([^,]*),/g);
  return [...keyed, ...told].flatMap(([, level, names]) =>
    literals(comparedOut(names)).map((name) => ({ name, level })),
  );
}

/** What is compared with in a condition is no name: state === "up" ? "announcer-lacks" : "announcer-down". */
function comparedOut(expression: string): string {
  return expression.replaceAll(/[=!]== ["`][^"`]*["`]/g, "");
}

function sourceEvents(): Written[] {
  const names = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => eventsIn(readFileSync(join(ROOT, "src", name), "utf8")));
}

const events = sourceEvents();
const lines = existsSync(FILE) ? readFileSync(FILE, "utf8").split("\n") : [];
const rows = lines.slice(lines.indexOf("## Events")).flatMap((line) => {
  const [, event, ...cells] = line.split("|").map((cell) => cell.trim());
  return event?.startsWith("`") ? [{ event: event.replaceAll("`", ""), cells: cells.slice(0, -1) }] : [];
});

test("the search finds events in every form", () => {
  const forms = [
    'log.info({ event: "a.b" }, "x")',
    'log.error(\n  { event: "c", zone },\n  "x")',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the source
    "log[level]({ event: `d.${e}` }, x)",
    'this.#tell("warn", "f-g", {}, "x")',
    'tell(\n  "info",\n  "h.i",\n  facts)',
    'tell(level, state === "up" ? "j" : "k", {})',
    'return { level: "warn", event: "l.m", facts }',
    'readonly event: "n" | "o";',
  ];
  expect(forms.flatMap(eventsIn)).toEqual([
    { name: "a.b", level: "info" },
    { name: "c", level: "error" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the source
    { name: "d.${e}", level: undefined },
    { name: "f-g", level: "warn" },
    { name: "h.i", level: "info" },
    { name: "j", level: undefined },
    { name: "k", level: undefined },
    { name: "l.m", level: undefined },
    { name: "n", level: undefined },
    { name: "o", level: undefined },
  ]);
  expect(eventsIn('tell("warn", text)\nevent: string\nthis.#tell(zone, "begun", text)')).toEqual([]);
  expect(new Set(events.map(({ name }) => name)).size).toBeGreaterThan(50);
});

test("what names are filled in with is known", () => {
  const templates = new Set(events.flatMap(({ name }) => (name.includes("$") ? [name] : [])));
  expect([...templates].sort()).toEqual(Object.keys(FILLED).sort());
});

test.skipIf(lines.length === 0)("deploy/LOGS.md has a row for each event, and for nothing else", () => {
  const written = new Set(events.flatMap(({ name }) => FILLED[name] ?? [name]));
  expect(rows.map(({ event }) => event)).toEqual([...written].sort());
});

test.skipIf(lines.length === 0)(
  "each row has the levels that the source writes it with, and says what has happened",
  () => {
    const levels = new Map(rows.map(({ event, cells }) => [event, cells[0].split(", ")]));
    for (const { event, cells } of rows) {
      expect(cells, event).toHaveLength(4);
      expect(cells[2], event).toMatch(/^\S.*[.]$/);
      for (const level of levels.get(event) ?? []) expect(["info", "warn", "error"], event).toContain(level);
    }
    for (const { name, level } of events) {
      if (level === undefined) continue;
      for (const event of FILLED[name] ?? [name]) expect(levels.get(event), event).toContain(level);
    }
  },
);
