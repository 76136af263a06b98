import type { Normalised } from "./compare.ts";
import type { Difference } from "./run.ts";

/** What is known about the zones behind a difference. */
export type Context = {
  apexes: ReadonlySet<string>;
  owners: ReadonlySet<string>;
  /** Names that are delegated to servers outside the test. */
  cuts: ReadonlySet<string>;
};

/** A difference from the majority that is there on purpose. */
export type Decision = {
  name: string;
  /** Whether a difference is of this kind; kept as narrow as the reason is. */
  when(difference: Difference, context: Context): boolean;
  /** The rule, by RFC number and section, in our words. */
  rfc: string;
  /** Why ours is the better answer, or as good a one. */
  why: string;
};

/** All decided differences; any other fails the comparison. */
export const decisions: readonly Decision[] = [
  {
    name: "no address is made up from a wildcard below a cut",
    when: ({ lines }, { owners, cuts }) =>
      lines.every((line) => {
        const [part, sign, owner, , , type] = line.split(" ");
        const missing = part === "additional" && sign === "-" && (type === "A" || type === "AAAA");
        return missing && !owners.has(owner!) && suffixIn(owner!, cuts) !== undefined;
      }),
    rfc: "RFC 1034 §4.3.3: a wildcard does not apply when the name is in another zone; a delegation cancels it.",
    why: "What stands below a cut is glue for the names it spells out. NSD and Knot expand '*' there, BIND does not.",
  },
  {
    name: "an alias answers for NSEC and RRSIG where it has none",
    when: ({ question, answers }) =>
      (question.type === "NSEC" || question.type === "RRSIG") &&
      hasRecord(answers.get("ours")!, question.name, "CNAME") &&
      [...answers.values()].every((answer) => !hasRecord(answer, question.name, question.type)),
    rfc: "RFC 1034 §4.3.2 step 3a: when the data at the node is a CNAME and QTYPE does not match it, the CNAME is the answer and the search goes on at its target.",
    why: "NSEC and RRSIG stand beside a CNAME in a signed zone (RFC 4035 §2.5) and are then found; in a zone without them nothing matches, and the rule is as for any type. NSD does the same.",
  },
  {
    name: "a chain of DNAMEs that outgrows a name ends in YXDOMAIN",
    when: ({ answers }) => {
      const [ours, bind] = [answers.get("ours")!, answers.get("bind")];
      const aliases = ours.answer.split("\n").every((line) => line === "" || / IN (CNAME|DNAME|RRSIG) /.test(line));
      // Without EDNS the chain does not fit and is cut off before its end comes to light.
      const ended = ours.header.startsWith("rcode 6,") || / tc\b/.test(ours.header);
      return aliases && ended && bind?.header.startsWith("rcode 6,") === true;
    },
    rfc: "RFC 6672 §3.2 step 3c: a substitution that makes the name too long ends the search with YXDOMAIN.",
    why: "NSD and Knot give up after some steps with NOERROR, which says nothing of the reason. BIND agrees.",
  },
  {
    name: "ANY ends at an alias",
    when: ({ question, answers }) => {
      const [ours, bind] = [answers.get("ours")!, answers.get("bind")];
      return (
        question.type === "ANY" && ours.answer !== "" && ours.answer === bind?.answer && ours.header === bind.header
      );
    },
    rfc: "RFC 1034 §3.6.2: a CNAME restarts the search only when QTYPE does not match it; ANY matches CNAME (RFC 6672 §3.2 step 3c likewise for the one a DNAME makes).",
    why: "NSD and Knot go on behind a synthesised CNAME, though not behind one that stands in the zone. BIND agrees.",
  },
  {
    name: "AFSDB brings its host's addresses",
    when: ({ question, lines }) =>
      question.type === "AFSDB" && lines.every((line) => /^additional \+ \S+ \d+ IN (A|AAAA|RRSIG) /.test(line)),
    rfc: "RFC 1183 §1: AFSDB calls for additional section processing, with the addresses of the host.",
    why: "NSD and Knot leave the addresses out. BIND agrees.",
  },
  {
    name: "meta-types cannot be asked for",
    when: ({ question, answers }) =>
      ["TYPE41", "TYPE128", "TYPE249", "TYPE250"].includes(question.type) &&
      answers.get("ours")!.header.startsWith("rcode 1,"),
    rfc: "RFC 9824 §3.5: a question for NXNAME is a format error; RFC 6895 §3.1: OPT, TKEY and TSIG are meta-types, which belong to a message and are in no zone.",
    why: "A NODATA answer would claim to have looked. BIND agrees.",
  },
  {
    name: "an empty wildcard is shown to be empty",
    when: ({ lines, answers }) =>
      lines.every((line) => /^authority \+ \S+ \d+ IN (NSEC|RRSIG) /.test(line)) &&
      answers.get("ours")!.authority === answers.get("nsd")?.authority,
    rfc: "RFC 4035 §3.1.3.4: a wildcard's NODATA carries an NSEC that the wildcard lacks the type, beside the one that no closer name is there.",
    why: "Where the wildcard is an empty non-terminal, the NSEC that covers it says so. Knot and BIND leave it out, NSD has it.",
  },
  {
    name: "a DS question is not followed to the wrong side of a cut",
    when: ({ question, lines, answers }, { apexes }) =>
      question.type === "DS" &&
      lines.every((line) => /^authority - \S+ \d+ IN (SOA|NSEC|NSEC3|RRSIG) /.test(line)) &&
      [...apexes].some((apex) => answers.get("ours")!.answer.includes(` IN CNAME ${apex}`)),
    rfc: "RFC 4035 §3.1.4.1: the DS RRset is on the parent's side of the cut, and a child's server is not to answer for it.",
    why: "The alias leads to the child's own apex. The client asks on for itself, and so at the parent; a NODATA with the child's SOA would tell it that there is no DS.",
  },
  {
    name: "questions of class ANY",
    when: ({ question, lines }) => question.class === 255 && lines.every((line) => line.startsWith("authority +")),
    rfc: "RFC 1034 §4.3.2, RFC 2308 §3: a negative answer carries the zone's SOA; RFC 1035 §3.2.5 allows class ANY in questions.",
    why: "All three peers differ from one another here; Knot adds the SOA too.",
  },
];

/** The decision that covers a difference, or, where several meet, the first of those that cover it line by line. */
export function decisionFor(difference: Difference, context: Context): Decision | undefined {
  const whole = decisions.find((decision) => decision.when(difference, context));
  if (whole) return whole;
  const each = difference.lines.map((line) =>
    decisions.find((decision) => decision.when({ ...difference, lines: [line] }, context)),
  );
  return each.includes(undefined) ? undefined : each[0];
}

function hasRecord(answer: Normalised, name: string, type: string): boolean {
  const owner = name.toLowerCase();
  return answer.answer.split("\n").some((line) => line.startsWith(`${owner} `) && line.split(" ")[3] === type);
}

/** The longest suffix of a name that is in a set: the zone it belongs to, or the cut it is below. */
function suffixIn(name: string, names: ReadonlySet<string>): string | undefined {
  for (let rest = name; rest !== ""; rest = rest.replace(/^(\\.|[^.\\])*\./, "")) {
    if (names.has(rest)) return rest;
  }
  return undefined;
}
