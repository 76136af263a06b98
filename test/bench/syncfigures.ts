/** The figures of the sync bench: what was measured beside what is wanted, as a table and as data. */

import { writeFileSync } from "node:fs";
import { table } from "./table.ts";

/** One figure: values by name ("p50", "p99", "seconds", "MB"), and what some of them are to stay below. */
export interface Figure {
  readonly part: string;
  readonly title: string;
  readonly values: Readonly<Record<string, number>>;
  readonly unit: string;
  readonly below?: Readonly<Record<string, number>>;
}

/** The value that so many percent of the others do not exceed (the nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** How values spread, rounded to tenths. */
export function spreadOf(values: readonly number[]): Readonly<Record<"p50" | "p99" | "max", number>> {
  return {
    p50: tenth(percentile(values, 50)),
    p99: tenth(percentile(values, 99)),
    max: tenth(Math.max(...values)),
  };
}

/** Rounded to tenths. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Rounded to hundredths. */
export function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Prints all of them, and writes them where asked. */
export function tellFigures(title: string, figures: readonly Figure[], json: string | undefined): void {
  table(title, [["", "measured", "wanted", ""], ...figures.map(cells)]);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures.map(data), null, 2)}\n`);
}

function cells({ part, title, values, unit, below = {} }: Figure): string[] {
  const measured = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  const wanted = Object.entries(below).map(([name, most]) => `${name} < ${most}`);
  const wantedText = wanted.length === 0 ? "" : `${wanted.join(", ")} ${unit}`;
  const verdict = wanted.length === 0 ? "" : missedOf({ values, below }).length === 0 ? "met" : "MISSED";
  return [`${part}: ${title}`, `${measured.join(", ")} ${unit}`, wantedText, verdict];
}

function data(figure: Figure): unknown {
  return { ...figure, ...(figure.below && { met: missedOf(figure).length === 0 }) };
}

/** A value that was not measured is not below anything. */
function missedOf({ values, below = {} }: Pick<Figure, "values" | "below">): string[] {
  return Object.keys(below).filter((name) => !((values[name] ?? Number.NaN) < below[name]));
}
