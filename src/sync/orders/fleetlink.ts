/**
 * A POP's link to the others, through the store: their reports, its own among them, and the orders of operators. Losing
 * the store only means that nothing comes.
 */

import type { Surroundings } from "../follow/following.ts";
import type { Trust } from "../manifest/keys.ts";
import type { Ordered } from "../report.ts";
import { sleep } from "../sleep.ts";
import type { OrderEvent, ReportEvent, Store } from "../store/store.ts";
import { Ear, type HeardReport } from "./heard.ts";
import { type Judgement, OrderJudge, standingOrders } from "./judge.ts";
import type { Order } from "./order.ts";

/** Who is told. Nothing of it may throw. */
export interface FleetTold {
  /** A POP's report, one's own too, in the store's order. */
  heard(report: HeardReport): void;
  /** The store is another one: orders of reports begin anew, and what was heard is to be forgotten. */
  restarted(): void;
  /**
   * An order to this POP, which is to be carried out; why it can't be, as a sentence. Its id is to be kept in either case:
   * it is `last` of the next start. One that came while this POP was away may have ended by now: it ends those before it.
   */
  order(order: Order): string | undefined;
  /** An order to this POP that is not taken, as a sentence. */
  refused(why: string): void;
}

export interface FleetLinkArgs {
  readonly store: Store;
  readonly pop: string;
  readonly trust: Trust;
  /** The id of the last order that was taken or refused, 0 for none. */
  readonly last: number;
  readonly told: FleetTold;
  readonly surroundings: Pick<Surroundings, "now" | "tell">;
  /** When the own report was sent that was written at a time: see Follower. */
  readonly sentAt: (at: string) => number | undefined;
  /** What became of an order has changed: the POP's report says it. */
  readonly changed: () => void;
}

/** Milliseconds before a watch that has ended, which none should, is begun again. */
const AGAIN = 5000;

interface Following<E> {
  watch(): AsyncIterable<E>;
  take(event: E): void;
  /** It begins again, from its beginning. */
  ended(): void;
}

export class FleetLink {
  readonly #args: FleetLinkArgs;
  readonly #closing = new AbortController();
  readonly #ear: Ear;
  readonly #judge: OrderJudge;
  /** Orders that were taken while all that are kept were being told. */
  #gathered: Order[] = [];
  #synced = false;
  #why: { reports: string | undefined; orders: string | undefined } = { reports: undefined, orders: undefined };
  #ordered: Ordered | undefined;

  constructor(args: FleetLinkArgs) {
    this.#args = args;
    this.#ear = new Ear(args.pop, args.sentAt);
    this.#judge = new OrderJudge(args.pop, args.trust, args.last);
    if (args.last > 0) this.#ordered = { id: args.last };
  }

  /** Begins to watch. */
  start(): void {
    const { store, pop } = this.#args;
    const { signal } = this.#closing;
    void this.#follow({
      watch: () => store.watchReports(signal, "heads"),
      take: (event) => this.#report(event),
      ended: () => this.#report({ say: "reset", why: "the watch has ended" }),
    });
    void this.#follow({
      watch: () => store.watchOrders(pop, signal),
      take: (event) => this.#order(event),
      ended: () => {
        this.#synced = false;
      },
    });
  }

  /** Why others' reports do not come; undefined while they do. */
  get unheard(): string | undefined {
    return this.#why.reports;
  }

  /** Why orders do not come; undefined while they do. */
  get unordered(): string | undefined {
    return this.#why.orders;
  }

  /** What became of the last order. */
  get ordered(): Ordered | undefined {
    return this.#ordered;
  }

  close(): void {
    this.#closing.abort();
  }

  async #follow<E>({ watch, take, ended }: Following<E>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        for await (const event of watch()) {
          if (signal.aborted) return;
          take(event);
        }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (!signal.aborted) this.#args.surroundings.tell("error", "fleet.failed", { why }, `the fleet: ${why}`);
      }
      await sleep(AGAIN, signal);
      if (!signal.aborted) ended();
    }
  }

  #report(event: ReportEvent): void {
    const { told } = this.#args;
    if (event.say === "report") {
      this.#found("reports");
      const heard = this.#ear.hear(event.report, event.behind);
      if (heard !== undefined) told.heard(heard);
    } else if (event.say === "synced") {
      this.#found("reports");
    } else if (event.say === "reset") {
      told.restarted();
    } else if (event.say === "lost") {
      this.#lost("reports", event.why);
    }
  }

  #order(event: OrderEvent): void {
    if (event.say === "lost") {
      // What comes next begins with all that are kept.
      this.#synced = false;
      this.#lost("orders", event.why);
      return;
    }
    this.#found("orders");
    if (event.say === "synced") {
      this.#synced = true;
      const gathered = this.#gathered;
      this.#gathered = [];
      for (const order of standingOrders(gathered)) this.#carryOut(order);
    } else if (event.say === "order") {
      const judgement = this.#judge.judge(event.order, !this.#synced, this.#args.surroundings.now());
      this.#judged(judgement);
    }
  }

  #judged(judgement: Judgement): void {
    if (judgement.is === "refused") {
      const { id, why } = judgement;
      this.#args.told.refused(why);
      if (id !== undefined) this.#became(id, why);
    } else if (judgement.is === "taken") {
      if (this.#synced) this.#carryOut(judgement.order);
      else this.#gathered.push(judgement.order);
    }
  }

  #carryOut(order: Order): void {
    this.#became(order.id, this.#args.told.order(order));
  }

  #became(id: number, why: string | undefined): void {
    const highest = Math.max(id, this.#ordered?.id ?? 0);
    this.#ordered = why === undefined ? { id: highest } : { id: highest, refused: { id, why } };
    this.#args.changed();
  }

  #lost(what: "reports" | "orders", why: string): void {
    if (this.#why[what] === why) return;
    this.#why[what] = why;
    const { tell } = this.#args.surroundings;
    const then =
      what === "reports" ? "nothing that needs the fleet's word is done" : "orders through the store do not come";
    tell("warn", `fleet.${what}.lost`, { why }, `${why}; ${then}`);
  }

  #found(what: "reports" | "orders"): void {
    if (this.#why[what] === undefined) return;
    this.#why[what] = undefined;
    const text = what === "reports" ? "reports of other POPs come again" : "orders through the store come again";
    this.#args.surroundings.tell("info", `fleet.${what}.back`, {}, text);
  }
}
