/** Tells in the log which prefixes are over a limit, and since when they no longer are: looked at once a second. */

import type { Logger } from "pino";
import { maskOf } from "../../answer/ratelimit/exempt.ts";
import type { LimitSetup } from "../../answer/ratelimit/limiter.ts";
import { type LimitNews, NewsReader } from "../../answer/ratelimit/news.ts";
import { LimitView } from "../../answer/ratelimit/table.ts";
import { ipv4ToText, ipv6ToText } from "../../text/fields/address.ts";
import { monotonicOrigin } from "../../transport/monotonic.ts";
import { LimitJournal, type LimitLine } from "./journal.ts";

const LOOK_MS = 1000;

/** Watches until the process ends. */
export function watchLimits(setup: LimitSetup, log: Logger): void {
  const origin = monotonicOrigin();
  const now = () => origin + performance.now();
  const reader = new NewsReader(setup.news);
  const view = new LimitView(setup.table, setup.window);
  const journal = new LimitJournal(({ account, hash, rate }) => view.isOver(account, hash, rate, now()));
  setInterval(() => {
    journal.lost(reader.take((news) => journal.take(prefixText(news, setup), news, now())));
    for (const line of journal.look(now())) write(log, line, setup);
  }, LOOK_MS).unref();
}

/** The prefix that a client is limited with. */
export function prefixText({ family, address }: LimitNews, { ipv4, ipv6 }: Pick<LimitSetup, "ipv4" | "ipv6">): string {
  const length = family === 4 ? ipv4 : ipv6;
  const octets = new Uint8Array(family === 4 ? 4 : 16);
  const view = new DataView(octets.buffer);
  for (const [i, word] of address.entries()) view.setInt32(i * 4, word & maskOf(length - i * 32));
  return `${family === 4 ? ipv4ToText(octets, 0) : ipv6ToText(octets, 0)}/${length}`;
}

function write(log: Logger, line: LimitLine, { logOnly }: LimitSetup): void {
  if (line.event === "ratelimit.started") {
    const { prefix, kind, rate } = line;
    const what = logOnly ? "would be limited (log-only)" : "is limited";
    log.warn(line, `${prefix} ${what}: more than ${rate} ${kind} a second`);
  } else if (line.event === "ratelimit.ended") {
    log.info(line, `${line.prefix} is under its limits again, after ${line.seconds} s`);
  } else {
    log.warn(line, `${line.prefixes} more times a prefix went over a limit`);
  }
}
