/** The thread that talks TLS dies: the one that comes after shows the certificate that is held by then. */

import { connect } from "node:tls";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { AnswerThreads } from "../../../src/server/threads.ts";
import { readCertificate } from "../../../src/server/tls/certificate.ts";
import { askIdentityOverTls } from "../../../src/server/tls/identity.ts";
import { nameFromText } from "../../../src/text/name.ts";
import { makeCertificate, OPENSSL } from "../../support/certificate.ts";
import { hasNode24 } from "../../support/need.ts";
import { freePort } from "../../transport/port.ts";
import { until } from "../../transport/stream.ts";
import { directoryWith } from "../program.ts";

vi.setConfig({ testTimeout: 90_000 });
/** The thread that talks TLS has the processors last: on a busy machine it takes its time. */
const PATIENCE_MS = 30_000;

/** Whose certificate is shown. */
function shown(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test.skipIf(!OPENSSL || !hasNode24())("a thread that dies comes back with the newest certificate", async () => {
  const folder = directoryWith();
  const read = (name: string) => readCertificate(makeCertificate(folder, name).files);
  const held = { now: await read("one.example") };
  const listen = [{ address: "127.0.0.1", port: await freePort() }];
  const [{ port }] = listen;
  const threads = new AnswerThreads(pino({ enabled: false }));
  const limits = { idle: 10, message: 10, unread: 10, connections: 100, perClient: 100 };
  await threads.start({
    ...{ kind: "tls", transport: "auto", listen, shared: false, alone: false, tcp: limits },
    ...{ identity: "test1", version: undefined, payload: 1232, cookieSecrets: [] },
    tls: { held, handshakes: { most: 10, perClient: 10, seconds: 5 }, numbered: listen },
  });
  expect(await shown(port)).toBe("one.example");
  held.now = await read("two.example");
  threads.tell({ say: "certificate", certificate: held.now });
  await until(async () => (await shown(port)) === "two.example", "the new certificate", PATIENCE_MS);
  // An image that no compiler makes: the thread that gets it throws. It is taken back for the one that comes after.
  const apex = nameFromText("deadly.");
  void threads.update([{ apex, image: 7 as unknown as SharedArrayBuffer, held: true }], true);
  await until(() => threads.states[0]?.standing === "gone", "its death", PATIENCE_MS);
  await threads.update([{ apex, image: undefined, held: false }], true);
  await until(() => threads.states[0]?.standing === "answering", "the next one", PATIENCE_MS);
  expect(await askIdentityOverTls(listen[0])).toBe("test1");
  expect(await shown(port)).toBe("two.example");
  await threads.stop();
});
