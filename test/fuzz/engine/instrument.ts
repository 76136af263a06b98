/**
 * JavaScript that counts where it goes: at the start of each function and of each way that a branch can take, a cell of
 * the coverage is raised by one. The same octets of the source stay where they are on their lines, so that the places
 * in errors hold.
 *
 * Why not V8's own precise coverage: it tells of all scripts at once, in JSON, in milliseconds, so that it could be asked
 * only once in thousands of cases, and not which of them went where. This tells after every case, for half again of
 * its time. And why not Jazzer.js: its native part wants a newer glibc than the oldest system we run on has.
 */

import { parseAst } from "vitest/node";

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A text to put in at an offset; `order` sorts those of one offset. */
interface Put {
  readonly at: number;
  readonly order: number;
  readonly text: string;
}

export interface Instrumented {
  readonly code: string;
  /** Cells that it uses. */
  readonly cells: number;
  /** Strings and numbers that stand in the code, which inputs may be compared with. */
  readonly literals: readonly (string | number)[];
}

/** Instruments a module; its cells are numbered from `first` on in the array that the global `name` holds. */
export function instrument(source: string, first: number, name: string): Instrumented {
  const walk = new Walk(first);
  walk.node(parseAst(source) as unknown as Node);
  const puts = walk.puts.toSorted((a, b) => a.at - b.at || a.order - b.order);
  let code = `const $c=globalThis.${name};`;
  let from = 0;
  for (const { at, text } of puts) {
    code += source.slice(from, at) + text;
    from = at;
  }
  return { code: code + source.slice(from), cells: walk.next - first, literals: walk.literals };
}

class Walk {
  readonly puts: Put[] = [];
  readonly literals: (string | number)[] = [];
  next: number;
  #order = 0;

  constructor(first: number) {
    this.next = first;
  }

  node(node: Node): void {
    this.#mark(node);
    for (const value of Object.values(node)) {
      if (Array.isArray(value)) for (const item of value) this.#child(item);
      else this.#child(value);
    }
  }

  #child(value: unknown): void {
    if (typeof value === "object" && value !== null && typeof (value as Node).type === "string")
      this.node(value as Node);
  }

  #mark(node: Node): void {
    switch (node.type) {
      case "FunctionDeclaration":
      case "FunctionExpression":
        this.#statement(node.body);
        break;
      case "ArrowFunctionExpression":
        if (node.expression === true) this.#expression(node.body);
        else this.#statement(node.body);
        break;
      case "IfStatement":
        this.#statement(node.consequent, node.alternate === null ? ` else{${this.#count()}}` : "");
        if (node.alternate !== null) this.#statement(node.alternate);
        break;
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        this.#statement(node.body);
        break;
      case "ConditionalExpression":
        this.#expression(node.consequent);
        this.#expression(node.alternate);
        break;
      case "LogicalExpression":
        this.#expression(node.right);
        break;
      case "SwitchCase":
        this.#case(node);
        break;
      case "CatchClause":
        this.#statement(node.body);
        break;
      case "Literal":
        this.#literal(node.value);
        break;
    }
  }

  /** A cell of its own. */
  #count(): string {
    return `$c[${this.next++}]++;`;
  }

  /** Counts at the start of a block, or makes one of a statement. */
  #statement(value: unknown, after = ""): void {
    const { type, start, end } = value as Node;
    if (type === "BlockStatement") {
      this.#open(start + 1, this.#count());
      if (after !== "") this.#shut(end, after);
      return;
    }
    this.#open(start, `{${this.#count()}`);
    this.#shut(end, `}${after}`);
  }

  #expression(value: unknown): void {
    const { start, end } = value as Node;
    this.#open(start, `($c[${this.next++}]++,`);
    this.#shut(end, ")");
  }

  #case({ consequent }: Node): void {
    const [statement] = consequent as Node[];
    if (statement !== undefined) this.#open(statement.start, this.#count());
  }

  #literal(value: unknown): void {
    if (typeof value === "string" || typeof value === "number") this.literals.push(value);
  }

  /** What opens at one place opens in the order of the walk, the outer first … */
  #open(at: number, text: string): void {
    this.puts.push({ at, order: ++this.#order, text });
  }

  /** … and closes in the other order, before anything that opens there. */
  #shut(at: number, text: string): void {
    this.puts.push({ at, order: -++this.#order, text });
  }
}
