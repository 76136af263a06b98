/** Stories: lines that set up, and lines "at TIME what happens", each followed by what came of it up to a blank one. */

export interface StoryTeller {
  /** Reads the time of a line "at TIME …"; undefined for any other line. */
  timeOf(line: string): number | undefined;
  /** Takes a line before anything happens. */
  setUp(line: string): void;
  /** Does what a line says at its time, and lets time go by until the next one; what has come of it. */
  tell(line: string, time: number, next: number | undefined): readonly string[];
}

/** Tells a story again: its text with what comes of each line where it belongs. Errors say where in the file. */
export function retellWith(text: string, file: string, { timeOf, setUp, tell }: StoryTeller): string {
  const lines = text.split("\n");
  const out: string[] = [];
  const times = lines.map(timeOf);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    out.push(line);
    try {
      const time = times[i];
      if (time === undefined) {
        if (line !== "" && !line.startsWith("#")) setUp(line);
        continue;
      }
      const next = times.slice(i + 1).find((later) => later !== undefined);
      const end = lines.indexOf("", i);
      out.push(...tell(line, time, next));
      i = (end < 0 ? lines.length : end) - 1;
    } catch (error) {
      throw new Error(`${file}:${i + 1}: ${(error as Error).message}`, { cause: error });
    }
  }
  return out.join("\n");
}
