/** The status as JSON text, in pieces: that of 200,000 zones takes the main thread a second. */

import { Slices } from "./slices.ts";
import { type Serving, summaryOf } from "./status.ts";

/** The whole, each zone as it is when its turn comes; `indent`: as JSON.stringify has it. */
export async function* statusText(serving: Serving, indent = 0): AsyncGenerator<string> {
  const head = JSON.stringify({ ...summaryOf(serving), zones: [] }, null, indent);
  const slices = new Slices();
  const end = head.lastIndexOf("]");
  const newline = indent > 0 ? `\n${" ".repeat(2 * indent)}` : "";
  let text = head.slice(0, end);
  let first = true;
  for (const zone of serving.source.zones()) {
    text += `${first ? "" : ","}${newline}${JSON.stringify(zone, null, indent).replaceAll("\n", newline)}`;
    first = false;
    if (!slices.over) continue;
    yield text;
    text = "";
    await slices.turn();
  }
  const close = indent > 0 && !first ? `\n${" ".repeat(indent)}` : "";
  yield `${text}${close}${head.slice(end)}\n`;
}
