/** What is told of zones and POPs in NATS: reports, the newest of each POP, and ledgers, the last lines of each zone. */

import { randomUUID } from "node:crypto";
import type { Link } from "./natslink.ts";
import { followLog } from "./natslog.ts";
import type { Message } from "./natsmessage.ts";
import type { Pace } from "./natspace.ts";
import { publish } from "./natspublish.ts";
import { readAll } from "./natsreadall.ts";
import { allOf, keyOf, LEDGER, ledgerSubject, REPORTS, reportSubject } from "./natssubjects.ts";
import type { LedgerLine, Report, ReportEntry, ReportEvent } from "./store.ts";
import { popOfKey } from "./zonekey.ts";

/** The head of a report, in base64: a consumer can be told to send headers alone. */
const HEAD = "Zonecast-Head";
/** Milliseconds that heads may wait, so that many are read together. */
const LATE = 500;

/** See Store.report. */
export async function putReport(link: Link, pace: Pace, { pop, octets, head = 0 }: Report): Promise<void> {
  const headers = head > 0 && { headers: { [HEAD]: Buffer.from(octets.subarray(0, head)).toString("base64") } };
  const id = randomUUID();
  await publish(link, { subject: reportSubject(pop), octets, id, expected: undefined, ...headers });
  pace.hurry();
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
export async function* watchReports(
  link: Link,
  pace: Pace,
  signal: AbortSignal,
  what: "heads" | undefined,
): AsyncIterable<ReportEvent> {
  const rest = (until: AbortSignal | undefined) => pace.rest(LATE, until);
  const plan = { stream: REPORTS, filter: allOf(REPORTS), ...(what === "heads" && { rest, headersOnly: true }) };
  let last = 0;
  for await (const event of followLog(link, plan, undefined, signal)) {
    if (event.say === "messages") {
      // Who was away for long is told the last ones of all once more.
      const fresh = event.messages.filter(({ seq }) => seq > last);
      last = fresh.at(-1)?.seq ?? last;
      const reports = fresh.flatMap(what === "heads" ? headOf : reportOf);
      for (const [i, report] of reports.entries()) {
        yield { say: "report", report, behind: event.more || i < reports.length - 1 };
      }
    } else if (event.say === "reset") {
      last = 0;
      yield { say: "reset", why: event.why };
    } else if (event.say === "synced") yield { say: "synced" };
    else yield event;
  }
}

function reportOf({ subject, data, seq }: Message): ReportEntry[] {
  const pop = popOfKey(keyOf(REPORTS, subject));
  return pop === undefined ? [] : [{ pop, octets: data, order: seq }];
}

function headOf(message: Message): ReportEntry[] {
  return reportOf({ ...message, data: Buffer.from(message.headers?.get(HEAD) ?? "", "base64") });
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
