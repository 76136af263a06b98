import type { Normalised } from "./compare.ts";
import type { Question } from "./query.ts";
import type { Difference } from "./run.ts";

/** The differences as text: how many of which type, and the first `limit` with the answers of all servers. */
export function report(differences: readonly Difference[], limit: number): string {
  const byType = new Map<string, number>();
  for (const { question } of differences) byType.set(question.type, (byType.get(question.type) ?? 0) + 1);
  const counts = [...byType].map(([type, count]) => `${type} ${count}`).join(", ");
  const shown = differences.slice(0, limit).map(describeDifference);
  return `${differences.length} differences (${counts})\n\n${shown.join("\n\n")}\n`;
}

/** A question the way one would type it for dig. */
export function digLine(question: Question, transport: "udp" | "tcp"): string {
  const { name, type, edns } = question;
  const rrclass = question.class === undefined ? "" : `CLASS${question.class}`;
  const words = ["dig", question.rd ? "+rec" : "+norec", transport === "tcp" ? "+tcp" : ""];
  if (edns?.dnssecOk) words.push("+dnssec");
  if (edns?.size !== undefined) words.push(`+bufsize=${edns.size}`);
  if (edns) words.push(`+edns=${edns.version ?? 0}`);
  for (const { code, data } of edns?.options ?? []) words.push(`+ednsopt=${code}:${data.toString("hex")}`);
  return [...words, name, rrclass, type].filter((word) => word !== "").join(" ");
}

function describeDifference(difference: Difference): string {
  const head = digLine(difference.question, difference.transport);
  const lines = difference.lines.map((line) => `  ${shorten(line)}`);
  const answers = [...difference.answers].map(([server, answer]) => describeAnswer(server, answer));
  return [head, ...lines, ...answers].join("\n");
}

function describeAnswer(server: string, answer: Normalised): string {
  const sections = (["answer", "authority", "additional"] as const)
    .filter((section) => answer[section] !== "")
    .map((section) => `      ${section}: ${answer[section].split("\n").map(shorten).join(" | ")}`);
  return [`    ${server}: ${answer.header}`, ...sections].join("\n");
}

/** Signatures and digests say little to a reader; their beginning is enough to tell them apart. */
function shorten(line: string): string {
  return line.replace(/\b([0-9a-f]{16})[0-9a-f]{17,}/g, "$1...");
}
