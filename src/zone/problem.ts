/** What a zone file's reader and checks have to say: an error keeps the zone from loading, a warning does not. */

export type Severity = "error" | "warning";

export interface Problem {
  readonly severity: Severity;
  /** Path of the file. */
  readonly file: string;
  /** Line and column count from 1; 0 when the problem is of the file as a whole. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** "file:line:column: error: message", as compilers write it. */
export function problemToText(problem: Problem): string {
  const place = problem.line > 0 ? `:${problem.line}:${problem.column}` : "";
  return `${problem.file}${place}: ${problem.severity}: ${problem.message}`;
}

/** One file that text was read from. */
export interface Source {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** How many problems of one file are told one by one: a file in the wrong format has one on each of its lines. */
const MOST = 100;

/** Collects problems, with byte offsets turned into lines and columns, and counts what is past the first hundred. */
export class Problems {
  readonly list: Problem[] = [];
  errors = 0;
  warnings = 0;

  /** Adds a problem at a byte offset of a source. */
  add(severity: Severity, source: Source, offset: number, message: string): void {
    const { line, column } = position(source.bytes, offset);
    this.#push({ severity, file: source.file, line, column, message });
  }

  /** Adds a problem of a file as a whole. */
  addFile(severity: Severity, file: string, message: string): void {
    this.#push({ severity, file, line: 0, column: 0, message });
  }

  #push(problem: Problem): void {
    if (problem.severity === "error") this.errors++;
    else this.warnings++;
    if (this.list.length < MOST) this.list.push(problem);
  }

  /** The problems in the order of the text, with a last line for those not listed. */
  sorted(): Problem[] {
    const sorted = [...this.list].sort((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column);
    const more = this.errors + this.warnings - sorted.length;
    const first = sorted[0];
    if (more > 0 && first) {
      const severity = this.errors > 0 ? "error" : "warning";
      sorted.push({ severity, file: first.file, line: 0, column: 0, message: `and ${more} more problems` });
    }
    return sorted;
  }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function position(bytes: Uint8Array, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let i = 0; i < offset && i < bytes.length; i++) {
    if (bytes[i] === 10) {
      line++;
      start = i + 1;
    }
  }
  return { line, column: offset - start + 1 };
}
