/** Figures as a table, and the median that they are quoted by: the machines are noisy. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >>> 1] ?? Number.NaN;
}

/** "min / median / max". */
export function spread(values: readonly number[], digits = 2): string {
  const all = [Math.min(...values), median(values), Math.max(...values)];
  return all.map((value) => value.toFixed(digits)).join(" / ");
}

/** Prints rows under a title, columns aligned. */
export function table(title: string, rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}
