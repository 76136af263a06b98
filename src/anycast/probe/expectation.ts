/** What is asked of an address, and what must come back. */

import type { Severity } from "../health/verdict.ts";
import { identityQuestion, type Question, question } from "./question.ts";
import type { Reply } from "./reply.ts";
import type { Serials } from "./served.ts";

/** What is not as it should be: "SERVFAIL for company.example. SOA; its zone is …", for people. */
export interface Fault {
  readonly severity: Severity;
  readonly what: string;
  /** As an Outcome has it. */
  readonly weight?: number;
}

export interface Expectation {
  readonly question: Question;
  /** To be called when the question is asked. */
  asked?(): void;
  /** What is wrong with the reply; undefined for a good one. */
  judge(reply: Reply): Fault | undefined;
}

const SEE = "see zonecast check and /status";

function wrong(what: string): Fault {
  return { severity: "wrong", what };
}

/** Whoever answers must be this POP, whatever was asked. */
export function identityFault({ nsid }: Reply, identity: string): Fault | undefined {
  if (nsid === identity) return undefined;
  if (nsid === undefined) return wrong("a reply does not say who answers (NSID): is another server on this port?");
  return { severity: "hard", what: anotherAnswers(nsid, identity) };
}

/** id.server is us. It asks of no zone: if that goes wrong, the zones are not to blame. */
export function expectIdentity(identity: string): Expectation {
  return {
    question: identityQuestion(),
    judge({ rcode, txt }) {
      if (txt === identity) return undefined;
      return { severity: "hard", what: anotherAnswers(txt ?? `${rcode} for CH TXT id.server`, identity) };
    },
  };
}

function anotherAnswers(who: string, identity: string): string {
  return `answered by "${who}", not by "${identity}": see whether this machine has the address (ip address), and whether another server has the port`;
}

/** The zone is served, and in the version that was loaded. */
export function expectSerial(zone: string, serials: Serials): Expectation {
  const asks = question(zone, "SOA");
  return {
    question: asks,
    asked: () => void serials.of(zone),
    judge(reply) {
      const right = serials.of(zone);
      if (reply.rcode !== "NOERROR") {
        return wrong(`${reply.rcode} for ${asks.text}; its zone is damaged or not loaded: ${SEE}`);
      }
      if (!reply.authoritative) return wrong(`no AA for ${asks.text}: this POP does not serve the zone: ${SEE}`);
      if (reply.serial === undefined) return wrong(`no SOA record for ${asks.text}: ${SEE}`);
      if (right.length === 0) return wrong(`${zone} is required, and not loaded: ${SEE}`);
      if (right.includes(reply.serial)) return undefined;
      return wrong(`serial ${reply.serial} for ${asks.text}, where ${right.at(-1)} is loaded: ${SEE}`);
    },
  };
}

/** A name that must have records of a type. */
export function expectRecords(name: string, type: string): Expectation {
  const asks = question(name, type);
  return {
    question: asks,
    judge: (reply) =>
      notAuthoritative(reply, asks) ??
      (reply.rcode === "NOERROR" && reply.has(asks.type)
        ? undefined
        : wrong(`${reply.rcode} without ${type} for ${asks.text}, which must exist (anycast.require): ${SEE}`)),
  };
}

/** A name that must not exist. */
export function expectAbsent(name: string): Expectation {
  const asks = question(name, "A");
  return {
    question: asks,
    judge: (reply) =>
      notAuthoritative(reply, asks) ??
      (reply.rcode === "NXDOMAIN"
        ? undefined
        : wrong(`${reply.rcode} for ${asks.text}, which must not exist (anycast.require): ${SEE}`)),
  };
}

/** What does not fit: truncated over UDP, whole over TCP (RFC 2181 §9). */
export function expectLarge(name: string, type: string, protocol: "udp" | "tcp"): Expectation {
  const asks = question(name, type);
  const whole = expectRecords(name, type);
  return {
    question: asks,
    judge(reply) {
      if (protocol === "tcp") return reply.truncated ? wrong(`${asks.text} is cut over TCP`) : whole.judge(reply);
      if (reply.rcode !== "NOERROR") return notAuthoritative(reply, asks) ?? whole.judge(reply);
      return reply.truncated
        ? undefined
        : wrong(`no TC for ${asks.text}, which must not fit (anycast.require): ${SEE}`);
    },
  };
}

function notAuthoritative({ authoritative, rcode }: Reply, asks: Question): Fault | undefined {
  if (authoritative) return undefined;
  return wrong(`${rcode}, not authoritative, for ${asks.text}: this POP does not serve its zone: ${SEE}`);
}
