/** The section rrl: how many replies a second the clients of a prefix get over UDP, and what the others get. */

import { type Prefix, prefixFromText } from "../text/prefix.ts";
import { boolean, choice, either, integer, list, section, text, type Value } from "./option.ts";

/** A rate; 0 is without limit. */
const MOST_RATE = 100_000;

const prefix = text<Prefix | undefined>("a prefix, such as 192.0.2.0/24 or 2001:db8::/32", undefined, (value) =>
  prefixFromText(value),
);

const rate = (fallback: number) => integer({ min: 0, max: MOST_RATE, default: fallback });

/** A rate of its own, or the one of all kinds. */
const kindRate = either(rate(0), choice(["same"], "same"));

export const rrl = section({
  enabled: boolean(true),
  /** Of the same name and type, for each prefix; and of the other kinds, unless they have a rate of their own. */
  "responses-per-second": rate(200),
  "nodata-per-second": kindRate,
  "nxdomains-per-second": kindRate,
  "referrals-per-second": kindRate,
  "errors-per-second": kindRate,
  /** Of all kinds together. */
  "all-per-second": rate(0),
  /** Seconds of debt that whoever goes on asking runs into. */
  window: integer({ min: 1, max: 3600, default: 15 }),
  /** One in so many of the replies that are one too many goes out as a short one with TC; 0 is none. */
  slip: integer({ min: 0, max: 10, default: 2 }),
  /** RFC 7873 §5.2.3: to a query with a client's cookie, BADCOOKIE goes out in the place of a reply too many. */
  "demand-cookies": boolean(false),
  /** Bits of an address that make a prefix. */
  "ipv4-prefix": integer({ min: 1, max: 32, default: 24 }),
  "ipv6-prefix": integer({ min: 1, max: 64, default: 56 }),
  /** Whose replies are not limited; and whether this machine's own are not: its addresses, and loopback. */
  exempt: list(prefix, []),
  "exempt-own": boolean(true),
  /**
   * Accounts in memory, 16 octets each; those of the longest ago go first. With 16,384, an account that is asked for 20 times
   * a second stays while 300,000 others a second come anew. More are out of the processor's near caches more often: from
   * there an account takes some 100 ns (measured), and all else of it 50.
   */
  entries: integer({ min: 1024, max: 16_777_216, default: 16_384 }),
  /** Counts and tells, and limits nothing. */
  "log-only": boolean(false),
});

/** The section as read. */
export type RrlConfig = Value<typeof rrl>;
