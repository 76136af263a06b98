/**
 * What was planned for this POP, kept on disk: a drained POP stays drained over restarts until it is told otherwise. With
 * it the times at which prefixes went up and down, so that a server that dies again and again does not flap.
 */

import { join } from "node:path";
import { type Histories, historiesFrom } from "../../anycast/health/history.ts";
import type { Plan } from "../../anycast/plan.ts";
import { isGoal } from "../../sync/standing.ts";
import { whyNot } from "../../text/systemerror.ts";
import type { Tell } from "../log.ts";
import { readJsonFile, writeJsonFile } from "./jsonfile.ts";

/** What is in the file. */
export interface Book {
  readonly v: 1;
  readonly plans: readonly Plan[];
  /** The last order of the store's that was taken. */
  readonly order: number;
  /** When prefixes went up and down. */
  readonly health: Histories;
}

const UNKEPT = "what is planned holds until the next restart only";
const EMPTY: Book = { v: 1, plans: [], order: 0, health: {} };

export class PlanBook {
  readonly #file: string | undefined;
  readonly #tell: Tell;
  #book: Book;
  #unwritable = false;
  /** Another process writes it. */
  #sealed = false;

  /** Reads what an earlier run has left in the directory, or takes what it has said; without a directory nothing is kept. */
  constructor(directory: string | undefined, tell: Tell, inherited?: Book) {
    this.#file = directory === undefined ? undefined : join(directory, "anycast.json");
    this.#tell = tell;
    this.#book = inherited ?? this.#read();
    if (this.#file === undefined) tell("warn", "plan.unkept", {}, `there is no state directory (state): ${UNKEPT}`);
  }

  #read(): Book {
    if (this.#file === undefined) return EMPTY;
    try {
      return bookFrom(readJsonFile(this.#file) ?? EMPTY);
    } catch (error) {
      const why = error instanceof SyntaxError ? "it is damaged" : whyNot("read", error);
      const text = `${this.#file} is not taken: ${why}; if this POP was drained, drain it again`;
      this.#tell("error", "plan.lost", { file: this.#file }, text);
      return EMPTY;
    }
  }

  /** All that there is, for the process that takes this one's place: from now on that one writes the file. */
  seal(): Book {
    this.#sealed = true;
    return this.#book;
  }

  /** It does not, after all. */
  unseal(): void {
    this.#sealed = false;
    this.#write(this.#book);
  }

  /** The plan for a service; undefined when nothing was ever planned, or it has ended by `now`. */
  planOf(service: string, now: number): Plan | undefined {
    const plan = this.#book.plans.find((one) => one.service === service);
    return plan?.until !== undefined && plan.until <= now ? undefined : plan;
  }

  get order(): number {
    return this.#book.order;
  }

  get health(): Histories {
    return this.#book.health;
  }

  /** Keeps plans in the place of those for the same services. */
  put(plans: readonly Plan[], order: number = this.#book.order): void {
    const services = plans.map(({ service }) => service);
    const others = this.#book.plans.filter(({ service }) => !services.includes(service));
    this.#write({ ...this.#book, plans: [...others, ...plans], order });
  }

  putHealth(health: Histories): void {
    this.#write({ ...this.#book, health });
  }

  #write(book: Book): void {
    this.#book = book;
    if (this.#file === undefined || this.#sealed) return;
    try {
      writeJsonFile(this.#file, book);
      this.#unwritable = false;
    } catch (error) {
      if (this.#unwritable) return;
      this.#unwritable = true;
      const text = `${this.#file}: ${whyNot("write", error)}: ${UNKEPT}`;
      this.#tell("error", "plan.unkept", { file: this.#file }, text);
    }
  }
}

/** A book from what JSON.parse made of it. Throws a SyntaxError for what is none, and an Error for what a later version has. */
export function bookFrom(read: unknown): Book {
  const { v, plans, order, health } = read as { readonly [K in keyof Book]?: unknown };
  if (v !== 1) throw new Error("it is of another version: is it of a later zonecast?");
  if (!Array.isArray(plans) || !plans.every(isPlan)) throw new SyntaxError();
  if (typeof order !== "number" || !Number.isSafeInteger(order)) throw new SyntaxError();
  return { v, plans, order, health: historiesFrom(health) };
}

/** What is in the file may have been written by hand. */
function isPlan(read: unknown): read is Plan {
  if (typeof read !== "object" || read === null) return false;
  const { service, to, by, at, until, both, force } = read as { [K in keyof Plan]?: unknown };
  const words = [service, by].every((one) => typeof one === "string") && isGoal(to);
  const times = Number.isFinite(at) && (until === undefined || Number.isFinite(until));
  return words && times && typeof both === "boolean" && typeof force === "boolean";
}
