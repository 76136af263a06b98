/** Tables for a terminal: columns, colours where they are wanted, lines no longer than the terminal is wide. */

import { styleText } from "node:util";

export type Colour = "red" | "yellow" | "green" | "cyan" | "dim" | "bold";

export interface Word {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

export interface Sheet {
  /** Letters of a line; undefined: as long as it is. */
  readonly width: number | undefined;
  readonly colours: boolean;
}

const GAP = "  ";
const CUT = "…";
/** What would move the cursor, or worse: names and reasons come from anybody who may report (C0, DEL, C1). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** How wide a stream's lines may be, and whether it takes colours (https://no-color.org). */
export function sheetOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  environment: Readonly<Record<string, string | undefined>>,
): Sheet {
  const terminal = stream.isTTY === true;
  const colours = terminal && !environment.NO_COLOR && environment.TERM !== "dumb";
  return { width: terminal ? stream.columns : undefined, colours };
}

/** Lines for rows: every column is as wide as its widest word. */
export function table(rows: readonly (readonly Word[])[], sheet: Sheet): string[] {
  const plain = rows.map((row) => row.map(({ text, colour }) => ({ text: text.replaceAll(CONTROL, "?"), colour })));
  const count = Math.max(0, ...plain.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...plain.map((row) => row[i]?.text.length ?? 0)));
  return plain.map((row) => line(row, widths, sheet));
}

function line(row: readonly Word[], widths: readonly number[], { width, colours }: Sheet): string {
  let left = width ?? Number.POSITIVE_INFINITY;
  let written = "";
  for (const [i, { text, colour }] of row.entries()) {
    const last = row.slice(i + 1).every((word) => word.text === "");
    const gap = i === 0 ? "" : GAP;
    const shown = shortened(text, left - gap.length);
    const pad = last ? "" : " ".repeat(Math.max(0, (widths[i] ?? 0) - shown.length));
    left -= gap.length + shown.length + pad.length;
    written += gap + (colour && colours && shown !== "" ? paint(colour, shown) : shown) + pad;
    if (left <= GAP.length || last) break;
  }
  return written;
}

/** A text in a colour; whether it is wanted has been decided. */
export function paint(colour: Colour, text: string): string {
  return styleText(colour, text, { validateStream: false });
}

/** A text that is not longer than so many letters. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return most < 1 ? "" : `${text.slice(0, most - 1)}${CUT}`;
}
