/** What is told of zones and POPs in NATS: reports, the newest of each POP, and ledgers, the last lines of each zone. */

import { randomUUID } from "node:crypto";
import type { Link } from "./natslink.ts";
import { followLog } from "./natslog.ts";
import type { Message } from "./natsmessage.ts";
import { publish } from "./natspublish.ts";
import { readAll } from "./natspull.ts";
import { allOf, keyOf, LEDGER, ledgerSubject, REPORTS, reportSubject } from "./natssubjects.ts";
import type { LedgerLine, Report } from "./store.ts";
import { popOfKey } from "./zonekey.ts";

/** See Store.report. */
export async function putReport(link: Link, { pop, octets }: Report): Promise<void> {
  await publish(link, { subject: reportSubject(pop), octets, id: randomUUID(), expected: undefined });
}

/** See Store.reports. */
export async function listReports(link: Link): Promise<Report[]> {
  const reports = new Map<string, Report>();
  for await (const messages of readAll(link, { stream: REPORTS, filter: allOf(REPORTS), start: "last" })) {
    for (const report of messages.flatMap(reportOf)) reports.set(report.pop, report);
  }
  return [...reports.values()];
}

/** See Store.watchReports. */
export async function* watchReports(link: Link, signal: AbortSignal): AsyncIterable<Report> {
  for await (const event of followLog(link, { stream: REPORTS, filter: allOf(REPORTS) }, undefined, signal)) {
    if (event.say === "messages") yield* event.messages.flatMap(reportOf);
  }
}

function reportOf({ subject, data }: Message): Report[] {
  const pop = popOfKey(keyOf(REPORTS, subject));
  return pop === undefined ? [] : [{ pop, octets: data }];
}

/** See Store.record. */
export async function putLine(link: Link, { zone, octets }: LedgerLine): Promise<void> {
  await publish(link, { subject: ledgerSubject(zone), octets, id: randomUUID(), expected: undefined });
}

/** See Store.ledger. */
export async function listLines(link: Link, zone: string): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  for await (const messages of readAll(link, { stream: LEDGER, filter: ledgerSubject(zone), start: "all" })) {
    for (const { data } of messages) lines.push({ zone, octets: data });
  }
  return lines.reverse();
}
