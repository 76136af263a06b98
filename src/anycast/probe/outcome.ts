/** What the answers to the questions of one check amount to. */

import type { Outcome, Severity } from "../health/verdict.ts";
import type { Asked } from "./asked.ts";
import { type Expectation, type Fault, identityFault } from "./expectation.ts";
import { readReply } from "./reply.ts";
import { whyNotAsked } from "./whynotasked.ts";

export interface Circumstances {
  /** "198.51.100.53@53/udp". */
  readonly where: string;
  readonly identity: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Which part of all that comes is lost by overload, 0 to 1, and how much of a failure a missing answer is by that. */
  readonly loss: number;
  readonly weight: number;
}

/**
 * Nothing answered is hard, nearly always (whynotasked.ts). Where others are answered, a question without an answer is the fault of what it asks for: it
 * may be so everywhere, so it is wrong and no more. A hard fault comes before a wrong one.
 */
export function outcomeOf(asked: Asked, expectations: readonly Expectation[], around: Circumstances): Outcome {
  const { where, timeout, loss, weight } = around;
  if (expectations.every((_, i) => asked.replies[i] === undefined)) {
    const { severity, what } = whyNotAsked(asked.code, timeout);
    if (asked.code !== undefined || loss === 0) return failure(severity, `${where} does not answer: ${what}`);
    return failure(severity, `${where} does not answer: ${overloaded(around)}`, weight);
  }
  const faults = expectations.flatMap((expectation, i) => faultOf(asked.replies[i], expectation, around) ?? []);
  const fault = faults.find(({ severity }) => severity === "hard") ?? faults[0];
  return fault === undefined ? { ok: true } : failure(fault.severity, `${where}: ${fault.what}`, fault.weight);
}

function overloaded({ loss, timeout }: Circumstances): string {
  return `nothing came in ${timeout} ms, while ${Math.round(loss * 100)} % of all that comes is lost by overload`;
}

function faultOf(
  octets: Uint8Array | undefined,
  expectation: Expectation,
  { identity, timeout, weight }: Circumstances,
): Fault | undefined {
  const { text } = expectation.question;
  if (octets === undefined) {
    const what = `no answer to ${text} in ${timeout} ms, though to others: see the log for faults of answering`;
    return { severity: "wrong", what, weight };
  }
  const reply = readReply(octets);
  if (reply === undefined) return { severity: "wrong", what: `the answer to ${text} is no message` };
  const { judge } = expectation;
  const [stranger, fault] = [identityFault(reply, identity), judge.call(expectation, reply)];
  if (stranger?.severity === "hard") return stranger;
  return fault ?? stranger;
}

function failure(severity: Severity, why: string, weight = 1): Outcome {
  return weight < 1 ? { ok: false, severity, why, weight } : { ok: false, severity, why };
}
