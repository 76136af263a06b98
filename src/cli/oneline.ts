/** Words of people for the history, as others' terminals can show them. */

/** Text on one line, without control characters, of at most so many characters; undefined when nothing is left. */
export function oneLine(text: string | undefined, most: number): string | undefined {
  const line = (text ?? "").replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  if (line === "") return undefined;
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
