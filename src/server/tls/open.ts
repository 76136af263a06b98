/** Opens DNS over TLS: a thread of its own, so that what handshakes cost is no other client's time. */

import type { Config } from "../../config/schema.ts";
import { listenToText } from "../../text/listen.ts";
import type { Tell } from "../log.ts";
import type { AnswerThreads, ThreadSetup } from "../threads.ts";
import { tlsAddresses, whyNotThere } from "./addresses.ts";
import { readCertificate } from "./certificate.ts";
import { askIdentityOverTls } from "./identity.ts";
import { CertificateKeeper, type HeldCertificate } from "./keeper.ts";

/**
 * Starts the thread and keeps its certificate; nothing where none is configured. `setup`: what other threads are made with.
 * Rejects with an Error that says why an address is not served.
 */
export async function openTls(
  { tls }: Config,
  setup: Omit<ThreadSetup, "kind" | "tls">,
  threads: AnswerThreads,
  tell: Tell,
): Promise<void> {
  const { cert, key, idle, connections } = tls;
  if (cert === undefined || key === undefined) return;
  const listen = tlsAddresses(tls, setup.listen);
  const wrong = whyNotThere(listen, setup.listen);
  if (wrong !== undefined) throw new Error(wrong);
  const held: HeldCertificate = { now: await readCertificate({ cert, key }) };
  // Half of the connections are for those who have got through: half handshakes can't take the place of all.
  const most = Math.min(tls.handshakes, Math.ceil(connections / 2));
  const handshakes = { most, perClient: tls["handshakes-per-client"], seconds: tls.handshake };
  await threads.start({
    ...setup,
    ...{ kind: "tls", listen, alone: false, tcp: { ...setup.tcp, idle, connections, perClient: tls["per-client"] } },
    tls: { held, handshakes, numbered: [...setup.listen, ...listen] },
  });
  const changed = () => threads.tell({ say: "certificate", certificate: held.now });
  const keeper = new CertificateKeeper({ files: { cert, key }, held, changed, tell, now: Date.now });
  keeper.start();
  process.on("SIGHUP", () => keeper.look());
  for (const address of listen) {
    const where = `${listenToText(address)}/tls`;
    const identity = await askIdentityOverTls(address).catch((error: Error) => {
      throw new Error(`${where} does not answer our own query: ${error.message}; is there a firewall?`);
    });
    if (identity === setup.identity) continue;
    throw new Error(`${where} is answered by "${identity}": another server has this port`);
  }
}
