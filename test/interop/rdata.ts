import type { Reader } from "./reader.ts";

/**
 * Where names stand inside RDATA: "c" a name that may be compressed (the types of RFC 1035 only, RFC 3597 §4), "n" one
 * that may not, "s" a character-string, a number that many octets, "*" all that is left.
 */
const layouts = new Map<number, readonly (number | "c" | "n" | "s" | "*")[]>([
  ...[2, 3, 4, 5, 7, 8, 9, 12].map((type) => [type, ["c"]] as const),
  [6, ["c", "c", 20]],
  [14, ["c", "c"]],
  [15, [2, "c"]],
  [17, ["n", "n"]],
  [18, [2, "n"]],
  [21, [2, "n"]],
  [23, ["n"]],
  [24, [18, "n", "*"]],
  [26, [2, "n", "n"]],
  [30, ["n", "*"]],
  [33, [6, "n"]],
  [35, [4, "s", "s", "s", "n"]],
  [36, [2, "n"]],
  [39, ["n"]],
  [46, [18, "n", "*"]],
  [47, ["n", "*"]],
  [58, ["n", "n"]],
  [64, [2, "n", "*"]],
  [65, [2, "n", "*"]],
  [107, [2, "n"]],
]);

/** RDATA as text: names expanded and lower-cased, all else in hex (addresses in the usual form). */
export function formatRdata(type: number, rdata: Reader): string {
  if (type === 1 && rdata.end - rdata.at === 4) return [rdata.u8(), rdata.u8(), rdata.u8(), rdata.u8()].join(".");
  const fields = layouts.get(type) ?? (["*"] as const);
  return fields.map((field) => formatField(field, rdata)).join(" ");
}

function formatField(field: number | "c" | "n" | "s" | "*", rdata: Reader): string {
  if (field === "c" || field === "n") return rdata.name(field === "c");
  if (field === "s") return `"${rdata.hex(rdata.u8())}"`;
  return field === "*" ? rdata.rest() : rdata.hex(field);
}
