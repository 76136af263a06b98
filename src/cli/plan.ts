/** zonecast plan: what each POP was told, and what it does. */

import { type OrderRead, readOrders } from "../sync/orders/give.ts";
import { ALL } from "../sync/orders/order.ts";
import { Refusal } from "../sync/publish/refusal.ts";
import type { PopReport } from "../sync/report.ts";
import { columns } from "./columns.ts";
import { controlFlags, controlPath, standingsHere } from "./controlsocket.ts";
import { Exit } from "./failure.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { goalText } from "./goal.ts";
import { popReports, unknownPop } from "./planrules.ts";
import { reportRows, standingRow, timeText } from "./standinglines.ts";
import { type Reader, storeFlags, withReader } from "./storeflags.ts";

const flags = {
  ...storeFlags,
  control: controlFlags.control,
  json: { help: "Print one JSON document: { pops }, with a POP { pop, orders }." },
} as const;

export const planVerb: Verb<typeof flags> = {
  name: "plan",
  about: [
    "Show how each POP announces its services, what is planned for it, by whom and why, as the POPs report it to the store.",
    "With POP, also the orders that it was given. With --control, the POP on this machine, without the store.",
  ].join("\n"),
  rest: "[POP]",
  flags,
};

/** Runs the verb; the exit code. */
export async function runPlan(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(planVerb, args);
  const [pop, more] = rest;
  if (more !== undefined) throw new UsageError("name one POP, or none for all");
  const json = given.json === true;
  if (given.control !== undefined) {
    if (pop !== undefined) throw new UsageError("--control is for the POP on this machine: name a POP, or a socket");
    return showHere(controlPath(given), json);
  }
  return withReader(given, (reader) => (pop === undefined ? showAll(reader, json) : showOne(reader, pop, json)));
}

async function showHere(path: string, json: boolean): Promise<number> {
  const { pop, standings } = await standingsHere(path);
  if (json) return print({ pop, standings });
  const none = [`${pop} announces no prefix itself: see section anycast of its configuration`];
  return write(standings.length === 0 ? none : columns(standings.map((one) => [pop, ...standingRow(one, Date.now())])));
}

async function showAll({ store }: Reader, json: boolean): Promise<number> {
  const reports = popReports(await store.reports());
  if (json) return print({ pops: reports.map(documentOf) });
  if (reports.length === 0) return write([`no POP has reported to ${store.where}`]);
  return write(columns(reports.flatMap((report) => reportRows(report, Date.now()))));
}

async function showOne(reader: Reader, pop: string, json: boolean): Promise<number> {
  const reports = popReports(await reader.store.reports());
  const report = reports.find((one) => one.pop === pop);
  const orders = await readOrders(reader, pop);
  if (report === undefined && orders.length === 0) throw new Refusal(unknownPop(pop, reports, reader.store.where));
  if (json)
    return print({ pop: report && documentOf(report), orders: orders.map(({ order, why }) => order ?? { why }) });
  const standing = report === undefined ? [`${pop} has not reported`] : columns(reportRows(report, Date.now()));
  const given = orders.length === 0 ? ["no orders were given through the store"] : columns(orders.map(orderRow));
  return write([...standing, "", ...given, ...outcomeLines(report)]);
}

/** What became of the last order, when it is not carried out. */
function outcomeLines(report: PopReport | undefined): string[] {
  const refused = report?.ordered?.refused;
  return refused === undefined ? [] : ["", `order ${refused.id} is not carried out: ${refused.why}`];
}

function orderRow({ order, why }: OrderRead): string[] {
  if (order === undefined) return ["", "", "", `not to be believed: ${why}`];
  const { id, to, service, by, at, until, both, force } = order;
  const more = [both && "--both", force && "--force", until !== undefined && `until ${timeText(until)}`, order.why];
  const what = goalText(to, service === ALL ? "all services" : service);
  return [`order ${id}`, timeText(at), what, `by ${by}`, more.filter((word) => word).join(", ")];
}

function documentOf({ pop, at, every, release, ready, announcing, standings, ordered }: PopReport): object {
  return { pop, at, every, release, ready, announcing, standings, ordered };
}

function print(value: unknown): number {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  return Exit.DONE;
}

function write(lines: readonly string[]): number {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return Exit.DONE;
}
