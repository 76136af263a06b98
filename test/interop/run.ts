import { type Client, client } from "./ask.ts";
import { decoded, difference, majority, type Normalised, normalise, parts } from "./compare.ts";
import type { Served } from "./peers.ts";
import type { Question } from "./query.ts";

/** A question to which ours answered otherwise than most of the others. */
export type Difference = {
  question: Question;
  transport: "udp" | "tcp";
  /** What is missing (-) from ours and what only ours has (+). */
  lines: string[];
  answers: Map<string, Normalised>;
};

/** What came of a round of questions. */
export type Outcome = {
  asked: number;
  /** By part of the answer: questions on which no two of the others agreed about it. */
  undecided: Record<string, number>;
  differences: Difference[];
};

const AT_ONCE = 40;

/** Asks all servers all questions and keeps those where `ours` stands against the majority of the rest. */
export async function compareAll(
  servers: readonly Served[],
  questions: readonly Question[],
  transport: "udp" | "tcp",
  apexes: ReadonlySet<string>,
): Promise<Outcome> {
  const clients = new Map(servers.map((server) => [server.name, client(server.port)]));
  const outcome: Outcome = { asked: questions.length, undecided: {}, differences: [] };
  const queue = questions.values();
  async function worker(): Promise<void> {
    for (const question of queue) {
      const answers = await askEach(clients, question, transport, apexes);
      judge(question, transport, answers, outcome);
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    for (const each of clients.values()) each.close();
  }
  return outcome;
}

async function askEach(
  clients: ReadonlyMap<string, Client>,
  question: Question,
  transport: "udp" | "tcp",
  apexes: ReadonlySet<string>,
): Promise<Map<string, Normalised>> {
  const answers = await Promise.all(
    [...clients].map(async ([name, each]) => {
      const bytes = await each[transport](question).catch((error: Error) => error);
      return [name, decoded(bytes)] as const;
    }),
  );
  return normalise(question, new Map(answers), apexes);
}

function judge(question: Question, transport: "udp" | "tcp", answers: Map<string, Normalised>, outcome: Outcome): void {
  const others = [...answers].filter(([name]) => name !== "ours").map(([, each]) => each);
  const most = majority(others);
  for (const part of parts) if (most[part] === undefined) outcome.undecided[part] = (outcome.undecided[part] ?? 0) + 1;
  const lines = difference(answers.get("ours")!, most);
  if (lines.length > 0) outcome.differences.push({ question, transport, lines, answers });
}
