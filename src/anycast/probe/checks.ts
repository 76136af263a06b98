/**
 * The checks of a prefix: what is asked of each of its addresses over UDP and TCP, again and again.
 *
 * Those of one address and transport are asked at once: to wake up costs more than a question does. Measured: two over
 * UDP take the main thread 0.3 ms, each more 0.02. Ports are kept for a while (port.ts), unless there are so many zones that
 * these were too many descriptors. One check fails as soon as any of its questions does, so that no good
 * answer hides a bad one.
 */

import { type Listen, listenToText } from "../../text/listen.ts";
import { absoluteName, nameToText } from "../../text/name.ts";
import type { Check } from "../health/asking.ts";
import type { Outcome } from "../health/verdict.ts";
import { ask, type Protocol } from "./ask.ts";
import type { Asking } from "./asked.ts";
import {
  type Expectation,
  expectAbsent,
  expectIdentity,
  expectLarge,
  expectRecords,
  expectSerial,
} from "./expectation.ts";
import { weightOf } from "./loss.ts";
import { outcomeOf } from "./outcome.ts";
import { KeptPorts } from "./port.ts";
import { Serials, type Served } from "./served.ts";

const ZONES_AT_ONCE = 8;

/** A name and a type: a mnemonic, or TYPEnnn. */
interface Records {
  readonly name: string;
  readonly type: string;
}

/** A zone that must be served, and how that is seen. */
export interface ZoneProbe {
  readonly zone: string;
  readonly exists?: Records | undefined;
  readonly absent?: string | undefined;
  readonly large?: Records | undefined;
}

export interface ChecksOptions {
  readonly addresses: readonly Listen[];
  /** Who must answer. */
  readonly identity: string;
  /** Milliseconds that an answer may take. */
  readonly timeout: number;
  /** Without any, one served zone after the other is asked for. */
  readonly zones: readonly ZoneProbe[];
  readonly served: Served;
  /** Milliseconds from any start, never jumping. */
  readonly monotonic?: () => number;
  /** Is told of each query that is sent. */
  readonly sent?: () => void;
  /** Which part of what comes is lost by overload now, 0 to 1; asked when an answer is missing. */
  readonly lossOf?: (protocol: Protocol) => Promise<number>;
}

/**
 * For each address: whether it answers over UDP, often, and seldom all that is required, over UDP and over TCP.
 * Throws TextError for names that are none.
 */
export function checksOf(options: ChecksOptions): Check[] {
  const serials = new Serials(options.served, options.monotonic ?? (() => performance.now()));
  const zones = options.zones.map((probe) => ({ ...probe, zone: canonical(probe.zone) }));
  const few = zones.length <= ZONES_AT_ONCE;
  const first = () => zones[0]?.zone ?? options.served.next()?.zone;
  const alive = () => {
    const zone = first();
    const identity = expectIdentity(options.identity);
    return zone === undefined ? [identity] : [identity, expectSerial(zone, serials)];
  };
  return options.addresses.flatMap((address) => {
    const where = listenToText(address);
    const check = (name: string, pace: Protocol, protocol: Protocol, expectations: () => Expectation[]): Check => {
      const ports = protocol === "udp" && (pace === "udp" || few) ? new KeptPorts() : undefined;
      return {
        name: `${where}/${name}`,
        pace,
        run: (signal) => run(address, protocol, expectations(), { signal, ports }, options),
      };
    };
    const required = (protocol: Protocol) =>
      groups(zones).map((group) => {
        const expectations = group.flatMap((probe) => expectationsOf(probe, serials, protocol));
        const all = [expectIdentity(options.identity), ...expectations];
        return check(`${protocol} ${namesOf(group)}`, "tcp", protocol, () => all);
      });
    const overTcp = zones.length > 0 ? required("tcp") : [check("tcp", "tcp", "tcp", alive)];
    return [check("udp", "udp", "udp", alive), ...overTcp, ...required("udp")];
  });
}

/** As many as are asked for at once: a socket for each question, and each a descriptor. */
function groups(zones: readonly ZoneProbe[]): ZoneProbe[][] {
  const count = Math.ceil(zones.length / ZONES_AT_ONCE);
  return Array.from({ length: count }, (_, i) => zones.slice(i * ZONES_AT_ONCE, (i + 1) * ZONES_AT_ONCE));
}

function namesOf(group: readonly ZoneProbe[]): string {
  return group.length === 1 ? group[0].zone : `${group[0].zone} to ${group[group.length - 1].zone}`;
}

/** What is asked for a required zone. */
function expectationsOf(
  { zone, exists, absent, large }: ZoneProbe,
  serials: Serials,
  protocol: Protocol,
): Expectation[] {
  const all = [expectSerial(zone, serials)];
  if (exists) all.push(expectRecords(exists.name, exists.type));
  if (absent !== undefined) all.push(expectAbsent(absent));
  if (large) all.push(expectLarge(large.name, large.type, protocol));
  return all;
}

async function run(
  address: Listen,
  protocol: Protocol,
  expectations: readonly Expectation[],
  { signal, ports }: Pick<Asking, "signal" | "ports"> & { readonly signal: AbortSignal },
  { identity, timeout, sent, lossOf }: ChecksOptions,
): Promise<Outcome> {
  for (const expectation of expectations) expectation.asked?.();
  const questions = expectations.map(({ question }) => question);
  ports?.closedBy(signal);
  const asked = await ask(protocol, address, { questions, timeout, signal, ports, sent });
  const loss = asked.replies.includes(undefined) ? ((await lossOf?.(protocol)) ?? 0) : 0;
  const where = `${listenToText(address)}/${protocol}`;
  return outcomeOf(asked, expectations, { where, identity, timeout, loss, weight: weightOf(asked, protocol, loss) });
}

function canonical(zone: string): string {
  return nameToText(absoluteName(zone)).toLowerCase();
}
