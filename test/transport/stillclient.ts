/** A client in another process, for what comes while the server's own event loop does not turn. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE_MS = 10_000;

/** Connects, sends, says so by a file, and counts the octets that come until the server ends the connection. */
const CLIENT = `
const { connect } = require("node:net");
const [port, octets, file] = process.argv.slice(1);
let count = 0;
const socket = connect(Number(port), "127.0.0.1", () => {
  socket.write(Buffer.from(octets, "hex"), () => require("node:fs").writeFileSync(file, ""));
});
socket.on("data", (data) => (count += data.length)).on("error", () => {});
socket.on("close", () => process.stdout.write(String(count)));
`;

/**
 * Has a client connect and send, while this thread does nothing at all: the connection is yet to be accepted, and the octets
 * to be read. How many octets it has been sent when its connection is over.
 */
export function sentMeanwhile(port: number, octets: Buffer): { readonly received: Promise<number> } {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-still-"));
  const file = join(folder, "sent");
  const child = spawn(process.execPath, ["-e", CLIENT, String(port), octets.toString("hex"), file]);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const received = new Promise<number>((resolve) => child.once("close", () => resolve(Number(text))));
  const still = new Int32Array(new SharedArrayBuffer(4));
  for (const deadline = performance.now() + PATIENCE_MS; !existsSync(file); Atomics.wait(still, 0, 0, 5)) {
    if (performance.now() > deadline) throw new Error("the client has not sent");
  }
  rmSync(folder, { recursive: true });
  return { received };
}
