/** Figures as a markdown table, and the median that they are quoted by: the machines are noisy. */

/** The upper one of the two in the middle when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >>> 1] ?? Number.NaN;
}

/** "median (min–max)". */
export function spread(values: readonly number[], digits = 2): string {
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)].map((value) =>
    value.toFixed(digits),
  );
  return `${middle} (${least}–${most})`;
}

/** Rows, the first of them the head, as a markdown table with columns aligned. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |\n`;
  const [head, ...body] = rows;
  return line(head) + line(widths.map((width) => "-".repeat(width))) + body.map(line).join("");
}

/** Prints a table under a title. */
export function table(title: string, rows: readonly (readonly string[])[]): void {
  process.stdout.write(`\n${title}\n\n${markdown(rows)}`);
}
