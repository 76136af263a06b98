/** The sessions and files of a guide in Markdown: what it tells an operator to type, and what is to be seen then. */

/** A command, and the texts that lines of its output have in them. */
export interface Command {
  readonly line: number;
  readonly text: string;
  readonly expected: readonly string[];
}

/** A file that the guide says to write. */
export interface GuideFile {
  readonly path: string;
  readonly text: string;
}

export type Item = { readonly file: GuideFile } | { readonly command: Command };

const FENCE = /^```(?<kind>\w*)$/;

/** Reads the guide in order. Blocks of files begin with a comment that has the path. */
export function itemsOf(guide: string): Item[] {
  const lines = guide.split("\n");
  const items: Item[] = [];
  for (let i = 0; i < lines.length; i++) {
    const kind = FENCE.exec(lines[i])?.groups?.kind;
    if (kind === undefined) continue;
    const end = lines.indexOf("```", i + 1);
    if (end < 0) throw new Error(`line ${i + 1}: a block that is not closed`);
    const body = lines.slice(i + 1, end);
    if (kind === "console") items.push(...commandsOf(body, i + 2));
    else items.push(...fileOf(body));
    i = end;
  }
  return items;
}

function commandsOf(body: readonly string[], first: number): Item[] {
  const starts = body.flatMap((line, i) => (line.startsWith("$ ") ? [i] : []));
  return starts.map((start, i) => {
    const expected = body.slice(start + 1, starts[i + 1] ?? body.length);
    return { command: { line: first + start, text: body[start].slice(2), expected } };
  });
}

function fileOf([head = "", ...rest]: readonly string[]): Item[] {
  const path = /^[#;] (?<path>\/\S+)$/.exec(head)?.groups?.path;
  return path === undefined ? [] : [{ file: { path, text: `${[head, ...rest].join("\n")}\n` } }];
}
