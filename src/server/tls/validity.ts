/** Whether a certificate is good at a time, and for how long yet: as a sentence, when somebody has to do something. Pure. */

import type { Certificate } from "./certificate.ts";

const DAY = 24 * 60 * 60 * 1000;
/** It is told of from so many days before the end on; of one that is good for days only, in its last quarter. */
const SOON_DAYS = 14;
const LAST_PART = 1 / 4;

/** What is wrong with its time; undefined while all is well. */
export function troubleOf({ begins, ends }: Pick<Certificate, "begins" | "ends">, now: number): string | undefined {
  const date = (time: number) => new Date(time).toISOString();
  if (now < begins) return `it is not good before ${date(begins)}: is the clock right?`;
  if (now >= ends)
    return `it ended at ${date(ends)}: renew it; clients that do not look at it are answered all the same`;
  if (ends - now > Math.min(SOON_DAYS * DAY, (ends - begins) * LAST_PART)) return undefined;
  return `it ends at ${date(ends)}: renew it, a new one in its files is taken by itself`;
}
