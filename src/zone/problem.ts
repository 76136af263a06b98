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

/** "1 error", "2 errors". */
export function errorsToText(errors: number): string {
  return errors === 1 ? "1 error" : `${errors} errors`;
}

/** One file that text was read from. */
export interface Source {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** How many errors, and how many warnings, are told one by one: a file in the wrong format has one on each line. */
const MOST = 100;

interface Found {
  readonly severity: Severity;
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Where in the bytes; -1 for the file as a whole. */
  readonly offset: number;
  readonly message: string;
}

/** Collects problems; what is past the first hundred of a severity is only counted. */
export class Problems {
  errors = 0;
  warnings = 0;
  readonly #found: Found[] = [];

  /** Adds a problem at a byte offset of a source. */
  add(severity: Severity, source: Source, offset: number, message: string): void {
    this.#push({ severity, file: source.file, bytes: source.bytes, offset, message });
  }

  /** Adds a problem of a file as a whole. */
  addFile(severity: Severity, file: string, message: string): void {
    this.#push({ severity, file, bytes: new Uint8Array(0), offset: -1, message });
  }

  #push(found: Found): void {
    // What each record of one $GENERATE has wrong is told once.
    const last = this.#found.at(-1);
    if (last?.offset === found.offset && last.bytes === found.bytes && last.message === found.message) return;
    const count = found.severity === "error" ? this.errors++ : this.warnings++;
    if (count < MOST) this.#found.push(found);
  }

  /** The problems in the order of the text, with a last line for the errors, and for the warnings, not listed. */
  sorted(): Problem[] {
    const found = [...this.#found].sort((a, b) => compareText(a.file, b.file) || a.offset - b.offset);
    const place = new Place();
    const sorted = found.map(({ severity, file, bytes, offset, message }): Problem => {
      place.move(bytes, offset);
      return { severity, file, line: place.line, column: place.column, message: printable(message) };
    });
    const more = (severity: Severity, count: number) => {
      if (count <= MOST) return;
      const message = `and ${count - MOST} more ${severity}s`;
      sorted.push({ severity, file: found[0].file, line: 0, column: 0, message });
    };
    more("error", this.errors);
    more("warning", this.warnings);
    return sorted;
  }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Messages quote the file, which may hold any octets: control characters, which a terminal obeys, become \\DDD. */
function printable(message: string): string {
  return message.replace(/[^ -~\u00a0-\uffff]/g, (char) => `\\${String(char.charCodeAt(0)).padStart(3, "0")}`);
}

/** Line and column of offsets that mostly rise: each line of a large file is counted once, not for each problem. */
class Place {
  line = 0;
  column = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #line = 1;
  #start = 0;

  move(bytes: Uint8Array, offset: number): void {
    if (bytes !== this.#bytes || offset < this.#at) {
      this.#bytes = bytes;
      this.#at = 0;
      this.#line = 1;
      this.#start = 0;
    }
    const end = Math.min(offset, bytes.length);
    for (; this.#at < end; this.#at++) {
      if (bytes[this.#at] !== 10) continue;
      this.#line++;
      this.#start = this.#at + 1;
    }
    this.line = offset < 0 ? 0 : this.#line;
    this.column = offset < 0 ? 0 : offset - this.#start + 1;
  }
}
