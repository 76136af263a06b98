/** Rows of words as lines with columns. */

/** Lines for the rows: every column but the last is as wide as its widest word; empty columns are left out. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((word, i) => word.padEnd(widths[i]))
      .filter((_, i) => widths[i] > 0)
      .join("  ")
      .trimEnd(),
  );
}
