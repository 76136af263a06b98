/** What answering threads limit replies by, out of the configuration. */

import { randomBytes } from "node:crypto";
import { CALM_BYTES } from "../../answer/ratelimit/calm.ts";
import type { ExemptPrefix } from "../../answer/ratelimit/exempt.ts";
import { KINDS, Kind } from "../../answer/ratelimit/kind.ts";
import type { LimitSetup } from "../../answer/ratelimit/limiter.ts";
import { NEWS_BYTES } from "../../answer/ratelimit/news.ts";
import { tableMemory } from "../../answer/ratelimit/table.ts";
import type { RrlConfig } from "../../config/rrl.ts";
import { addressOctets } from "../../text/ipaddress.ts";
import type { Listen } from "../../text/listen.ts";
import { prefixFromText } from "../../text/prefix.ts";

/** Nobody's replies come back to these from anywhere else. */
const LOOPBACK = ["127.0.0.0/8", "::1/128"].map((text) => prefixFromText(text));

/** `listen`: the server's own addresses, from which it probes itself. Undefined when nothing is limited. */
export function limitSetup(rrl: RrlConfig, listen: readonly Listen[]): LimitSetup | undefined {
  const rates = ratesOf(rrl);
  if (!rrl.enabled || rates.every((rate) => rate === 0)) return undefined;
  return {
    table: tableMemory(rrl.entries),
    calm: new SharedArrayBuffer(CALM_BYTES),
    news: new SharedArrayBuffer(NEWS_BYTES),
    key: randomBytes(8),
    rates,
    window: rrl.window,
    slip: rrl.slip,
    demandCookies: rrl["demand-cookies"],
    logOnly: rrl["log-only"],
    ipv4: rrl["ipv4-prefix"],
    ipv6: rrl["ipv6-prefix"],
    exempt: exemptOf(rrl, listen),
  };
}

function ratesOf(rrl: RrlConfig): number[] {
  const answers = rrl["responses-per-second"];
  const own = (rate: number | "same") => (rate === "same" ? answers : rate);
  const rates = new Array<number>(KINDS).fill(answers);
  rates[Kind.NODATA] = own(rrl["nodata-per-second"]);
  rates[Kind.NXDOMAIN] = own(rrl["nxdomains-per-second"]);
  rates[Kind.REFERRAL] = own(rrl["referrals-per-second"]);
  rates[Kind.ERROR] = own(rrl["errors-per-second"]);
  rates[Kind.ALL] = rrl["all-per-second"];
  return rates;
}

function exemptOf(rrl: RrlConfig, listen: readonly Listen[]): ExemptPrefix[] {
  const { exempt } = rrl;
  const prefixes = [...exempt, ...(rrl["exempt-own"] ? LOOPBACK : [])].filter((prefix) => prefix !== undefined);
  const own = new Set(rrl["exempt-own"] ? listen.map(({ address }) => address) : []);
  return [
    ...prefixes.map(({ octets, length }) => ({ octets, length })),
    ...[...own].map(addressOctets).map((octets) => ({ octets, length: octets.length * 8 })),
  ];
}
