/** What each field of an RDATA can do. An RR type's RDATA is a list of fields (see rdata.ts). */

import type { Scanner } from "./scanner.ts";
import type { WireBuffer } from "./wirebuffer.ts";

export interface Field {
  /** What the field is called in error messages: "IPv4 address", "preference". */
  readonly label: string;
  /** Reads the field's token or tokens and appends its wire form. Throws TextError where the text is wrong. */
  read(input: Scanner, out: WireBuffer): void;
  /**
   * Appends the field's presentation form (one string for each token) and returns the offset after it; -1 when
   * rdata[at, end) does not hold this field.
   */
  print(rdata: Uint8Array, at: number, end: number, out: string[]): number;
}
