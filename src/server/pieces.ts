/** JSON that is sent as it is made. */

import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

/** Sends all pieces, with 200. Rejects, with nothing sent, when the first one can't be had; later it hangs up. */
export async function sendPieces(response: ServerResponse, pieces: AsyncIterable<string>): Promise<void> {
  const rest = pieces[Symbol.asyncIterator]();
  const first = await rest.next();
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  if (first.done) {
    response.end();
    return;
  }
  response.write(first.value);
  // Whoever hangs up himself has no use for the rest.
  await pipeline({ [Symbol.asyncIterator]: () => rest }, response).catch(() => {});
}
