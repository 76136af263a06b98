/** A central store of the bench's own: a real nats-server or a file, with a key, and what POPs and publishers are told. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { newPrivateKey, type Signer, signerFrom, Trust } from "../../src/sync/manifest/keys.ts";
import { initStore, openStore } from "../../src/sync/store/open.ts";
import { HISTORY, type Store } from "../../src/sync/store/store.ts";
import { type NatsServer, startNats } from "./syncnats.ts";
import type { Workplace } from "./workplace.ts";

export interface Central {
  readonly where: string;
  readonly signer: Signer;
  readonly trust: Trust;
  /** A configuration for who publishes, without waves. */
  readonly publisherConfig: string;
  /** The section "store" of a POP's configuration. */
  readonly section: string;
  /** Undefined for a store in a file. */
  readonly nats: NatsServer | undefined;
  /** Opens it as a publisher does; the caller closes it. */
  open(): Promise<Store>;
}

/** How those who publish get in: nothing is locked here. */
export const ACCESS = {
  credentials: undefined,
  tls: { ca: undefined, cert: undefined, key: undefined },
  pop: undefined,
  patience: "verb",
} as const;

/** A new store in a nats-server of its own. */
export async function natsStore(place: Workplace): Promise<Central> {
  const nats = await startNats(place);
  return makeStore(place, nats.url, nats);
}

/** A new store in a file. */
export async function sqliteStore(place: Workplace): Promise<Central> {
  return makeStore(place, `sqlite:${join(place.folder(), "store.db")}`, undefined);
}

async function makeStore(place: Workplace, where: string, nats: NatsServer | undefined): Promise<Central> {
  const folder = place.folder();
  const pem = newPrivateKey();
  const key = join(folder, "publisher.key");
  writeFileSync(key, pem, { mode: 0o600 });
  const signer = signerFrom(pem);
  await initStore(where, ACCESS, { history: HISTORY, trust: [signer.publicKey], replicas: 1 });
  const section = `store:\n  at: ${where}\n  trust: ["${signer.publicKey}"]\n`;
  const publisherConfig = join(folder, "publisher.yaml");
  writeFileSync(publisherConfig, `${section}publish:\n  key: ${key}\n`);
  return {
    ...{ where, signer, trust: new Trust([signer.publicKey]), publisherConfig, section, nats },
    open: () => openStore(where, ACCESS),
  };
}
