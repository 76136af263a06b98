/** What bgpd says in JSON, when several things are asked in one call. */

/** The answers, one after the other, each from a line "{" to a line "}"; undefined for one that is no JSON. */
export function jsonAnswers(text: string): unknown[] {
  const answers: unknown[] = [];
  let begun: string[] | undefined;
  for (const line of text.split("\n")) {
    if (line === "{}") answers.push({});
    else if (line === "{") begun = [];
    begun?.push(line);
    if (line !== "}" || begun === undefined) continue;
    answers.push(parsed(begun.join("\n")));
    begun = undefined;
  }
  return answers;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The paths in the answer to "show bgp … PREFIX json": our own one, and whether any is a neighbour's. */
export function pathsOf(answer: unknown): { readonly own: "valid" | "invalid" | "none"; readonly foreign: boolean } {
  const { paths } = fieldsOf(answer);
  const standing = Object.values(fieldsOf(paths))
    .map(fieldsOf)
    .filter(({ removed }) => removed !== true);
  const own = standing.find(({ sourced }) => sourced === true);
  return {
    own: own === undefined ? "none" : own.valid === true ? "valid" : "invalid",
    foreign: standing.some(({ sourced, valid }) => sourced !== true && valid === true),
  };
}

/** True when some session stands, in the answer to "show bgp … summary json". */
export function someEstablished(answer: unknown): boolean {
  const peers = Object.values(fieldsOf(fieldsOf(answer).peers));
  return peers.some((peer) => fieldsOf(peer).state === "Established");
}

/** What is not as it was when this was written is as if it were not there: another release's bgpd ends nothing here. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
