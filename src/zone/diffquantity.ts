/** Numbers as people read them. */

/** With separators for thousands, in any locale the same: "1,204". */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** A number of things: "1 RRset", "1,204 RRsets". */
export function quantity(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? "" : "s"}`;
}
