/**
 * Which prefixes are over a limit, out of what threads tell: one line when it begins for a prefix and one when it is over,
 * and no more lines than people can read. Pure: the clock, the news and the accounts come from watch.ts.
 */

import { Kind } from "../../answer/ratelimit/kind.ts";
import type { LimitNews } from "../../answer/ratelimit/news.ts";

/** Prefixes that are followed until they are under their limits again; those beyond are counted. */
const MOST_PREFIXES = 256;
/** Accounts of a prefix that are followed: while one of them is over its limit, the prefix is. */
const MOST_ACCOUNTS = 16;
/** Lines between two looks, of each kind. */
const MOST_LINES = 3;

const KIND_WORDS: Readonly<Record<number, string>> = {
  [Kind.ANSWER]: "answers",
  [Kind.NODATA]: "answers without data",
  [Kind.NXDOMAIN]: "answers that a name does not exist",
  [Kind.REFERRAL]: "referrals",
  [Kind.ERROR]: "errors",
  [Kind.ALL]: "answers of all kinds",
};

/** What is to be logged. */
export type LimitLine =
  | { readonly event: "ratelimit.started"; readonly prefix: string; readonly kind: string; readonly rate: number }
  | { readonly event: "ratelimit.ended"; readonly prefix: string; readonly seconds: number }
  /** Prefixes that went over a limit, too, for which there is no line. */
  | { readonly event: "ratelimit.more"; readonly prefixes: number };

interface Limited {
  readonly since: number;
  /** Undefined for a prefix whose beginning was not told: its end is not told either. */
  readonly told: boolean;
  readonly accounts: Map<number, LimitNews>;
}

export class LimitJournal {
  readonly #limited = new Map<string, Limited>();
  readonly #isOver: (news: LimitNews) => boolean;
  #more = 0;
  #started: LimitLine[] = [];

  /** `isOver` tells whether an account is over its limit yet. */
  constructor(isOver: (news: LimitNews) => boolean) {
    this.#isOver = isOver;
  }

  /** Prefixes that are over a limit now, as far as they are followed. */
  get prefixes(): number {
    return this.#limited.size;
  }

  /** Takes what a thread tells of a prefix. */
  take(prefix: string, news: LimitNews, now: number): void {
    const known = this.#limited.get(prefix);
    if (known !== undefined) {
      if (known.accounts.size < MOST_ACCOUNTS) known.accounts.set(news.account, news);
    } else if (this.#limited.size >= MOST_PREFIXES) this.#more++;
    else {
      const told = this.#started.length < MOST_LINES;
      if (told) {
        const kind = KIND_WORDS[news.kind] ?? "answers";
        this.#started.push({ event: "ratelimit.started", prefix, kind, rate: news.rate });
      } else this.#more++;
      this.#limited.set(prefix, { since: now, told, accounts: new Map([[news.account, news]]) });
    }
  }

  /** Threads had more to tell than there were places. */
  lost(news: number): void {
    this.#more += news;
  }

  /** What is to be logged since the last look. */
  look(now: number): LimitLine[] {
    const lines = this.#started;
    this.#started = [];
    if (this.#more > 0) lines.push({ event: "ratelimit.more", prefixes: this.#more });
    this.#more = 0;
    let ended = 0;
    for (const [prefix, { since, told, accounts }] of this.#limited) {
      for (const [account, news] of accounts) if (!this.#isOver(news)) accounts.delete(account);
      // What can't be told now is told at the next look.
      if (accounts.size > 0 || (told && ended === MOST_LINES)) continue;
      this.#limited.delete(prefix);
      if (!told) continue;
      ended++;
      lines.push({ event: "ratelimit.ended", prefix, seconds: Math.round((now - since) / 1000) });
    }
    return lines;
  }
}
