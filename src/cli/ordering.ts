/** Tells a POP through the store what is planned for it, from anywhere. */

import { giveOrder, readOrders } from "../sync/orders/give.ts";
import { ALL, type Order } from "../sync/orders/order.ts";
import { Refusal } from "../sync/publish/refusal.ts";
import { type PopReport, readReport } from "../sync/report.ts";
import { Conflict } from "../sync/store/store.ts";
import { formatAge } from "./duration.ts";
import { Exit } from "./failure.ts";
import { type Asked, goalText } from "./goal.ts";
import { untilStopped } from "./interrupt.ts";
import { otherService, popReports, serviceMeant, unknownPop } from "./planrules.ts";
import { PlanProgress } from "./planwait.ts";
import { type Publisher, type PublisherGiven, withPublisher } from "./storeflags.ts";

/** So many reports must be missing until a POP is silent. */
const MISSED = 3;
/** Milliseconds between two looks at the clock. */
const LOOK = 200;

type Say = (line: string) => void;

/** Gives the order, and waits for it when that is wanted; the exit code. */
export async function tellThere(asked: Asked & { readonly pop: string }, given: PublisherGiven): Promise<number> {
  const say: Say = (line) => (asked.json ? process.stderr : process.stdout).write(`${line}\n`);
  return withPublisher(given, async (publisher) => {
    const { order, report } = await give(publisher, asked, say);
    let code: number = Exit.DONE;
    let standings = report.standings;
    if (asked.wait) {
      const waited = await untilStopped((signal) => follow(publisher, order, asked, say, signal));
      code = waited.code;
      standings = waited.report?.standings ?? standings;
    }
    if (asked.json) {
      const outcome = asked.wait ? OUTCOMES[code] : "told";
      const document = { store: publisher.store.where, pop: asked.pop, outcome, order, standings };
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    }
    return code;
  });
}

const OUTCOMES: Readonly<Record<number, string>> = {
  [Exit.DONE]: "done",
  [Exit.REFUSED]: "refused",
  [Exit.UNPROVEN]: "late",
};

/** Rejects with Refusal when a rule is against it, and with Conflict when somebody else was first. */
async function give(
  publisher: Publisher,
  asked: Asked & { readonly pop: string },
  say: Say,
): Promise<{ readonly order: Order; readonly report: PopReport }> {
  const { store, by, config } = publisher;
  const { pop, to, why, both, force } = asked;
  const now = Date.now();
  // Before the reports: who gives an order between the two is met as a conflict.
  const before = await readOrders(publisher, pop);
  const reports = popReports(await store.reports());
  const report = reports.find((one) => one.pop === pop);
  if (report === undefined) throw new Refusal(unknownPop(pop, reports, store.where));
  const meant = serviceMeant(asked, pop, report.standings);
  if ("refused" in meant) throw new Refusal(meant.refused);
  const { service } = meant;
  const window = config.anycast.fleet.window * 1000;
  const other = to === "serve" || both ? undefined : otherService(service, report.standings, reports, window, now);
  if (other !== undefined) throw new Refusal(other);
  const until = asked.for === undefined ? {} : { until: now + asked.for * 1000 };
  const what = { pop, service, to, by, at: now, both, force, ...(why === undefined ? {} : { why }), ...until };
  const order = await giveOrder(publisher, what, before, report.ordered).catch((error) => {
    throw error instanceof Conflict ? new Beaten(pop) : error;
  });
  say(`${pop} is told to ${goalText(to, service === ALL ? "all services" : service)} (order ${order.id})`);
  const quiet = now - Date.parse(report.at);
  if (quiet > MISSED * report.every * 1000) {
    say(`${pop} has not reported for ${formatAge(quiet)}: it takes the order when it is back`);
  }
  return { order, report };
}

/** A conflict in words that say what to do. */
class Beaten extends Conflict {
  constructor(pop: string) {
    super([pop]);
    this.message = `somebody else has given ${pop} an order at the same moment, and yours was not: see zonecast plan ${pop}`;
  }
}

interface Followed {
  readonly code: number;
  /** The last one. */
  readonly report: PopReport | undefined;
}

/** Follows the POP's reports until it is as it was told to be. Never rejects. */
async function follow(
  { store }: Publisher,
  order: Order,
  { timeoutMs }: Asked,
  say: Say,
  stopped: AbortSignal,
): Promise<Followed> {
  const { pop, to, service } = order;
  const began = performance.now();
  const meant = (name: string) => service === ALL || name === service;
  const progress = new PlanProgress({ pop, to, meant }, say, began);
  const stop = new AbortController();
  const timer = setInterval(() => {
    if (stopped.aborted || performance.now() - began > timeoutMs) stop.abort();
  }, LOOK);
  let last: PopReport | undefined;
  try {
    for await (const event of store.watchReports(stop.signal)) {
      if (event.say === "lost") say(`${event.why}; waiting goes on`);
      if (event.say !== "report" || event.report.pop !== pop) continue;
      last = readReport(event.report.octets) ?? last;
      const refused = last?.ordered?.refused;
      if (refused?.id === order.id) {
        say(`${pop} refuses it: ${refused.why}`);
        return { code: Exit.REFUSED, report: last };
      }
      if (last === undefined || (last.ordered?.id ?? 0) < order.id) continue;
      if (progress.take(last.standings, performance.now())) return { code: Exit.DONE, report: last };
    }
  } finally {
    clearInterval(timer);
    stop.abort();
  }
  const taken = (last?.ordered?.id ?? 0) >= order.id;
  const what = taken ? progress.late : `${pop} has not taken order ${order.id}`;
  const when = stopped.aborted ? "when it was stopped" : `after ${timeoutMs / 1000} s`;
  say(`not waiting any longer, ${when}: ${what}; the order stands`);
  return { code: Exit.UNPROVEN, report: last };
}
