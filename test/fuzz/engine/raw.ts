/** Octets to a server as they are, and what comes back until it ends the connection. */

import { connect, type NetConnectOpts } from "node:net";

/** Milliseconds after which a server that neither answers nor ends is one that hangs. */
const PATIENCE = 5000;

/** Sends the parts one after the other, then no more. Rejects when the connection is still there after the patience. */
export function exchanged(to: NetConnectOpts, parts: readonly Uint8Array[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const got: Buffer[] = [];
    const socket = connect(to, () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the server has kept a connection for ${PATIENCE} ms that its client had ended`));
    }, PATIENCE);
    socket.on("data", (octets: Buffer) => got.push(octets));
    // It may end the connection while octets are on their way.
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(got));
    });
  });
}
