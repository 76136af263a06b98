/**
 * Kinds of configuration options: each checks a YAML node, gives a typed value, and says what it expected when the
 * node is something else. A section collects every error before it gives up.
 */

import { isCollection, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";

/** Reports a problem at a node. */
export type Complain = (node: Node | undefined, message: string) => void;

export interface Option<T> {
  /** What a value looks like, for error messages and the reference: "a whole number from 1 to 300". */
  readonly expected: string;
  /** The value when the file doesn't say. */
  readonly fallback: T;
  /** The section is wrong without it. */
  readonly required?: boolean;
  /** Reads a node; calls `complain` and gives the fallback when it is wrong. */
  read(node: Node, path: string, complain: Complain): T;
}

/** The value that an option or section gives. */
export type Value<O> = O extends Option<infer T> ? T : never;

function describe(node: Node): string {
  if (isMap(node)) return "a section";
  if (isSeq(node)) return node.items.length === 0 ? "an empty list" : "a list";
  if (!isScalar(node)) return "an alias";
  return typeof node.value === "number" ? written(node) : JSON.stringify(node.value);
}

/** As describe, without what stands there. */
function kindOf(node: Node): string {
  return isScalar(node) && node.value !== null ? "something else (not shown, as it may be a secret)" : describe(node);
}

/** A scalar as it stands in the file: 007 and 1.10 are more than their numbers. */
function written(node: Scalar): string {
  return node.source ?? String(node.value);
}

function scalar<T>(expected: string, fallback: T, accept: (value: unknown, node: Scalar) => T | undefined): Option<T> {
  return {
    expected,
    fallback,
    read(node, path, complain) {
      const value = isScalar(node) ? accept(node.value, node) : undefined;
      if (value === undefined) complain(node, `${path}: expected ${expected}, got ${describe(node)}`);
      return value ?? fallback;
    },
  };
}

/** A whole number within bounds. */
export function integer(bounds: { min: number; max: number; default: number }): Option<number> {
  return scalar(`a whole number from ${bounds.min} to ${bounds.max}`, bounds.default, (value) =>
    Number.isInteger(value) && (value as number) >= bounds.min && (value as number) <= bounds.max
      ? (value as number)
      : undefined,
  );
}

/** A number within bounds, with decimals or without; there is no default. */
export function number({ min, max }: { min: number; max: number }): Option<number | undefined> {
  return scalar<number | undefined>(`a number from ${min} to ${max}`, undefined, (value) =>
    typeof value === "number" && value >= min && value <= max ? value : undefined,
  );
}

/** true or false. */
export function boolean(fallback: boolean): Option<boolean> {
  return scalar("true or false", fallback, (value) => (typeof value === "boolean" ? value : undefined));
}

/** One of a few words. */
export function choice<const T extends readonly string[]>(words: T, fallback: T[number]): Option<T[number]> {
  return scalar(words.length > 1 ? `one of ${words.join(", ")}` : words[0], fallback, (value) =>
    words.find((word) => word === value),
  );
}

/** Text that `accept` understands; undefined from it is a refusal. Numbers count as the text they are written as. */
export function text<T>(expected: string, fallback: T, accept: (value: string) => T | undefined): Option<T> {
  return scalar(expected, fallback, (value, node) => {
    if (typeof value === "string") return accept(value);
    return typeof value === "number" ? accept(written(node)) : undefined;
  });
}

/** An option that may hold a secret: what stands in its place is never repeated, as messages end up in logs. */
export function secret<T>(option: Option<T>): Option<T> {
  return {
    ...option,
    read(node, path, complain) {
      let fits = true;
      const value = option.read(node, path, () => {
        fits = false;
      });
      if (!fits) complain(node, `${path}: expected ${option.expected}, got ${kindOf(node)}`);
      return fits ? value : option.fallback;
    },
  };
}

/** An option that its section must have. */
export function required<T>(option: Option<T>): Option<T> {
  return { ...option, required: true };
}

/** A list, or a single item that stands for a list of one; with at least so many items. */
export function list<T>(item: Option<T>, fallback: readonly T[], least = 0): Option<readonly T[]> {
  const expected = `a list, each ${item.expected}`;
  return {
    expected,
    fallback,
    read(node, path, complain) {
      if (!isSeq(node)) return [item.read(node, path, complain)];
      if (node.items.length < least) complain(node, `${path}: expected ${expected}, got ${describe(node)}`);
      return node.items.map((child, i) => item.read(child as Node, `${path}[${i}]`, complain));
    },
  };
}

/** The first of two kinds that fits the node's shape: a section or a scalar. */
export function sectionOr<A, B>(inner: Option<A>, plain: Option<B>): Option<A | B> {
  return {
    expected: plain.expected,
    fallback: plain.fallback,
    read: (node, path, complain) => (isMap(node) ? inner : plain).read(node, path, complain),
  };
}

/** What is wrong with a value that can be read: where in it, and what, as half a sentence. */
export interface Fault {
  readonly at: readonly (string | number)[];
  readonly what: string;
}

/** An option whose parts must fit each other. */
export function checked<T>(option: Option<T>, faults: (value: T) => readonly Fault[]): Option<T> {
  return {
    ...option,
    read(node, path, complain) {
      let fits = true;
      const value = option.read(node, path, (at, message) => {
        fits = false;
        complain(at, message);
      });
      // Parts that could not be read have their defaults: what they do not fit is no news.
      for (const { at, what } of fits ? faults(value) : []) {
        const part = isCollection(node) ? (node.getIn(at, true) as Node | undefined) : undefined;
        complain(part ?? node, `${pathTo(path, at)}: ${what}`);
      }
      return value;
    },
  };
}

/** A value of one of two kinds; the second has the default. */
export function either<A, B>(first: Option<A>, second: Option<B>): Option<A | B> {
  const expected = `${first.expected} or ${second.expected}`;
  return {
    expected,
    fallback: second.fallback,
    read(node, path, complain) {
      for (const option of [first, second]) {
        let fits = true;
        const value = option.read(node, path, () => {
          fits = false;
        });
        if (fits) return value;
      }
      complain(node, `${path}: expected ${expected}, got ${describe(node)}`);
      return second.fallback;
    },
  };
}

type Options = Readonly<Record<string, Option<unknown>>>;
type Values<O extends Options> = { readonly [K in keyof O]: Value<O[K]> };

/** A section of named options. Unknown names are errors, with the nearest known one. */
export function section<O extends Options>(options: O): Option<Values<O>> {
  const fallback = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.fallback]));
  return {
    expected: `a section with ${Object.keys(options).join(", ")}`,
    fallback: fallback as Values<O>,
    read(node, path, complain) {
      const values = { ...fallback };
      if (!isMap(node)) {
        // An empty section is what is left when all of its lines are comments.
        if (!(isScalar(node) && node.value === null)) {
          complain(node, `${path || "the file"}: expected ${this.expected}, got ${kindOf(node)}`);
        }
        return values as Values<O>;
      }
      for (const pair of node.items) readPair(pair as Pair<Node, Node>, options, path, values, complain);
      for (const [name, option] of Object.entries(options)) {
        if (option.required && !node.has(name))
          complain(node, `${at(path, name)}: expected ${option.expected}, got nothing`);
      }
      return values as Values<O>;
    },
  };
}

/** "anycast.prefixes[0].addresses[1]" */
function pathTo(path: string, steps: Fault["at"]): string {
  const whole = steps.reduce<string>((so, step) => (typeof step === "number" ? `${so}[${step}]` : at(so, step)), path);
  return whole || "the file";
}

function at(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** What somebody can have meant for an option's name, and no token or key that lost its name. */
function isWord(name: string): boolean {
  return /^[A-Za-z_-]{1,24}$|^[\w.-]{1,8}$/.test(name);
}

function readPair(
  pair: Pair<Node, Node>,
  options: Options,
  path: string,
  values: Record<string, unknown>,
  complain: Complain,
): void {
  const name = isScalar(pair.key) ? String(pair.key.value) : "?";
  const full = at(path, name);
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (!option) {
    const shown = isWord(name) ? full : `${path || "the file"}: a name (not shown, as it may be a secret)`;
    complain(pair.key, `${shown}: no such option; there is ${Object.keys(options).join(", ")}`);
  } else if (!pair.value) complain(pair.key, `${full}: expected ${option.expected}, got nothing`);
  else values[name] = option.read(pair.value, full, complain);
}
