/** Opens DNS over TLS: a thread of its own, so that what handshakes cost is no other client's time. */

import type { Config } from "../../config/schema.ts";
import { type Listen, listenToText } from "../../text/listen.ts";
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
  for (const address of listen) await prove(address, setup.identity, tell);
}

/**
 * The address must say that it is this POP. One that says nothing is no reason not to serve the others: under a flood of
 * datagrams, which have the processors first, a handshake may take longer than anyone waits.
 */
async function prove(address: Listen, pop: string, tell: Tell): Promise<void> {
  const where = listenToText(address);
  const identity = await askIdentityOverTls(address).catch((error: Error) => {
    const why = `${where}/tls does not answer our own query: ${error.message}; is there a firewall?`;
    tell("error", "tls.silent", { listen: where }, why);
    return pop;
  });
  if (identity !== pop) throw new Error(`${where}/tls is answered by "${identity}": another server has this port`);
}
