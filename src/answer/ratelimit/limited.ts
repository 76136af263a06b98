/** What goes out in the place of a reply that is one too many: nothing, or a short one by which an honest client gets on. */

import { Flag, Rcode } from "../../wire/header.ts";
import { Count } from "../counters.ts";
import type { Exchange } from "../exchange.ts";
import { type RateLimiter, Verdict } from "./limiter.ts";

/**
 * Judges the reply in the exchange, whose question ends at `question` and whose OPT, if any, is in [opt, end). Returns its
 * length after that; 0 when nothing is to be sent.
 */
export function limited(x: Exchange, limiter: RateLimiter, question: number, opt: number, end: number): number {
  const { cells } = x.counters;
  switch (limiter.judge(x)) {
    case Verdict.PASS:
      return end;
    case Verdict.SLIP:
      cells[Count.LIMIT_SLIPPED]++;
      // Errors without records are as short as can be, and TC would not make them better: they go as they are (BIND).
      return opt === question ? end : shorten(x, question, opt, end, Flag.TC, Rcode.NOERROR);
    case Verdict.COOKIE:
      cells[Count.LIMIT_COOKIES]++;
      // RFC 7873 §5.2.3; the OPT has the cookie already.
      if (end > opt) return shorten(x, question, opt, end, 0, Rcode.BADCOOKIE);
      return shorten(x, question, opt, end, Flag.TC, Rcode.NOERROR);
    default:
      cells[Count.LIMIT_DROPPED]++;
      return 0;
  }
}

/** Leaves the header, the question and the OPT, with the cookie in it. It says nothing of the name: AA is not set. */
function shorten(x: Exchange, question: number, opt: number, end: number, flag: number, rcode: number): number {
  const { reply } = x;
  x.rcode = rcode;
  reply[2] = (reply[2] & ~(Flag.AA | Flag.TC)) | flag;
  reply[3] = (reply[3] & Flag.CD) | (rcode & 0xf);
  for (let i = 6; i < 12; i++) reply[i] = 0;
  if (end === opt) return question;
  reply[11] = 1;
  reply.copyWithin(question, opt, end);
  reply[question + 5] = rcode >>> 4;
  return question + end - opt;
}
