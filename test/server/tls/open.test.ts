/** DNS over TLS beside others: an address that another server has is told of, and so is one that says nothing. */

import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, expect, test, vi } from "vitest";
import { defaults } from "../../../src/config/load.ts";
import type { AnswerThreads } from "../../../src/server/threads.ts";
import { openTls } from "../../../src/server/tls/open.ts";
import { makeCertificate, OPENSSL } from "../../support/certificate.ts";
import { freePort } from "../../transport/port.ts";
import { directoryWith } from "../program.ts";

vi.setConfig({ testTimeout: 30_000 });

const before = process.listeners("SIGHUP");
afterEach(() => {
  for (const one of process.listeners("SIGHUP")) if (!before.includes(one)) process.off("SIGHUP", one);
});

/** Opens TLS where something else listens, as the thread does nothing; the events that were told. */
async function opened(listen: { readonly address: string; readonly port: number }): Promise<string[]> {
  const { files } = makeCertificate(directoryWith(), "one.example");
  const events: string[] = [];
  const threads = { start: async () => {}, tell: () => {} } as unknown as AnswerThreads;
  const setup = {
    ...{ listen: [], shared: false, alone: false, identity: "test1", version: undefined, payload: 1232 },
    ...{ cookieSecrets: [], tcp: { idle: 1, message: 1, unread: 1, connections: 1, perClient: 1 } },
    transport: "auto" as const,
  };
  const config = { ...defaults, tls: { ...defaults.tls, ...files, listen: [listen] } };
  await openTls(config, setup, threads, (level, event) => void events.push(`${level} ${event}`));
  return events;
}

test.skipIf(!OPENSSL)("another server's TLS, and one that talks none", async () => {
  const [port, other] = [await freePort(), await freePort()];
  const { cert, key } = makeCertificate(directoryWith(), "other.example");
  // It says "x" for id.server, whatever is asked.
  const theirs = createTlsServer({ cert, key, ALPNProtocols: ["dot"] }, (socket) => {
    socket.on("data", (query: Buffer) => {
      const answer = Buffer.from("c00c00100003000000000002" + "0178", "hex");
      const message = Buffer.concat([query.subarray(2, 29), answer]);
      message.writeUInt16BE(0x8400, 2);
      message.set([0, 1, 0, 1, 0, 0, 0, 0], 4);
      socket.write(Buffer.concat([Uint8Array.of(0, message.length), message]));
    });
  });
  await new Promise<void>((done) => theirs.listen(port, "127.0.0.1", done));
  await expect(opened({ address: "127.0.0.1", port })).rejects.toThrow(
    `127.0.0.1@${port}/tls is answered by "x": another server has this port`,
  );
  const plain = createServer((socket) => void socket.end("hello")).listen(other, "127.0.0.1");
  expect(await opened({ address: "127.0.0.1", port: other })).toEqual(["info tls.loaded", "error tls.silent"]);
  plain.close();
  theirs.close();
});
