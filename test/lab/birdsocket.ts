/** BIRD's control socket: a command, and what it answers. */

import { connect } from "node:net";

const PATIENCE_MS = 2000;
/** The last line of an answer; more follows after "NNNN-". */
const LAST = /^(\d{4}) .*$/m;

/** Sends one command; the answer's lines without their codes. Rejects when there is no BIRD, or for what it refuses. */
export function askBird(socket: string, command: string): Promise<string> {
  const stream = connect(socket);
  let heard = "";
  let greeted = false;
  return new Promise<string>((resolve, reject) => {
    stream.setTimeout(PATIENCE_MS, () => reject(new Error(`BIRD does not answer "${command}" on ${socket}`)));
    stream.once("error", reject);
    stream.on("data", (chunk) => {
      heard += chunk.toString();
      const last = LAST.exec(heard);
      if (last === null || !heard.endsWith("\n")) return;
      if (!greeted) {
        greeted = true;
        heard = "";
        stream.write(`${command}\n`);
      } else if (/^[89]/.test(last[1])) reject(new Error(`BIRD refuses "${command}": ${last[0].slice(5)}`));
      else resolve(heard.replace(/^\d{4}[ -]/gm, ""));
    });
  }).finally(() => stream.destroy());
}
