/**
 * Which ways of the code the cases so far have gone, and how often in one case: a case is worth keeping when it goes a new
 * way, or an old one an order of magnitude more often (the classes of counts are AFL's: 1, 2, 3, 4–7, 8–15, 16–31, 32–127,
 * 128 and more).
 */

import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { instrument } from "./instrument.ts";

const NAME = "zonecastCoverage";
const SRC = new URL("../../../src/", import.meta.url).href;
/** Cells for all modules that a run may load; they came to about 12,000 for the whole of src. */
const ROOM = 64 << 10;

/** The class of each count, one bit. */
const CLASS: Uint8Array = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count <= 2) return count;
  if (count === 3) return 4;
  return count < 8 ? 8 : count < 16 ? 16 : count < 32 ? 32 : count < 128 ? 64 : 128;
});

export class Coverage {
  readonly #cells = new Uint8Array(ROOM);
  readonly #words = new Uint32Array(this.#cells.buffer);
  /** Classes of each cell that were seen. */
  readonly #seen = new Uint8Array(ROOM);
  readonly literals: Set<string | number> = new Set();
  readonly #files: { readonly file: string; readonly from: number; readonly to: number }[] = [];
  /** Cells that are in use. */
  cells = 0;
  /** Cells of which something was seen. */
  reached = 0;

  /** Counts what instrumented code does from now on. */
  share(): void {
    (globalThis as Record<string, unknown>)[NAME] = this.#cells;
  }

  /** Instruments every module of src that is loaded from now on. */
  watch(): void {
    this.share();
    registerHooks({
      load: (url, context, next) => {
        if (!url.startsWith(SRC) || !url.endsWith(".ts")) return next(url, context);
        const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8"));
        const { code, cells, literals } = instrument(source, this.cells, NAME);
        this.#files.push({ file: url.slice(SRC.length), from: this.cells, to: this.cells + cells });
        this.cells += cells;
        for (const literal of literals) this.literals.add(literal);
        return { format: "module", source: code, shortCircuit: true };
      },
    });
  }

  /** Begins anew, for another target: what is loaded already is counted on in the same cells. */
  begin(): void {
    this.clear();
    this.#seen.fill(0);
    this.reached = 0;
  }

  /** Forgets what has been counted since: what goes on outside of cases is no case's merit. */
  clear(): void {
    this.#cells.fill(0, 0, this.cells);
  }

  /** Takes what the case just run has counted; true when some of it is new. */
  take(): boolean {
    const words = this.#words;
    let fresh = false;
    // 3,000 cells are 750 words, nearly all of them zero: 0.4 µs.
    for (let i = 0, end = (this.cells + 3) >>> 2; i < end; i++) {
      if (words[i] === 0) continue;
      for (let cell = i * 4; cell < i * 4 + 4; cell++) if (this.#takeCell(cell)) fresh = true;
      words[i] = 0;
    }
    return fresh;
  }

  #takeCell(cell: number): boolean {
    const bit = CLASS[this.#cells[cell]];
    const seen = this.#seen[cell];
    if ((seen | bit) === seen) return false;
    if (seen === 0) this.reached++;
    this.#seen[cell] = seen | bit;
    return true;
  }

  /** The cells that the case just run has raised, and forgets them. */
  ways(): number[] {
    const cells: number[] = [];
    for (let cell = 0; cell < this.cells; cell++) if (this.#cells[cell] !== 0) cells.push(cell);
    this.clear();
    return cells;
  }

  /** How many of the ways of each file were gone, of those files that were gone through at all. */
  perFile(): { readonly file: string; readonly reached: number; readonly ways: number }[] {
    const counted = this.#files.map(({ file, from, to }) => ({
      file,
      reached: this.#seen.subarray(from, to).filter((classes) => classes !== 0).length,
      ways: to - from,
    }));
    return counted.filter(({ reached }) => reached > 0);
  }
}
