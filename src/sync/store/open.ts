/** From "sqlite:FILE" or "nats://HOST…" to a store. The engines are loaded only when one is wanted. */

import type { Store } from "./store.ts";

/** What else it takes to reach a store. */
export interface StoreAccess {
  /** A file with the credential: an nkey seed, a NATS .creds file, or "user:password". */
  readonly credentials: string | undefined;
  /** Certificate files: of the authority that signs the store's, and our own with its key when the store wants one. */
  readonly tls: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  /** The POP that follows; a verb that publishes or looks has none. */
  readonly pop: string | undefined;
  /**
   * A verb gives up after a while. A POP goes on for ever: opening gives it a store at once, whatever is reachable, and
   * watching tells the rest.
   */
  readonly patience: "verb" | "pop";
}

/** What making a store takes. */
export interface StorePlan {
  /** Manifests to keep of each zone. Undefined: as many as the store keeps, HISTORY for a new one. */
  readonly history: number | undefined;
  readonly trust: readonly string[];
  /** Copies of everything, in a cluster. Undefined: as many as there are, one for a new store. */
  readonly replicas: number | undefined;
}

/** The engine that a place names; undefined when it names none. */
export function engineOf(where: string): "sqlite" | "nats" | undefined {
  if (/^sqlite:./.test(where)) return "sqlite";
  return /^(?:nats|tls|wss?):\/\/[^/]/.test(where) ? "nats" : undefined;
}

/** Opens a store. Rejects with StoreError. */
export async function openStore(where: string, access: StoreAccess): Promise<Store> {
  if (engineOf(where) === "sqlite") {
    const { openSqlite } = await import("./sqlite.ts");
    return openSqlite(where.slice("sqlite:".length), access);
  }
  const { openNats } = await import("./nats.ts");
  return openNats(where, access);
}

/** Makes a store, or brings one that is there up to the plan; nothing that it holds is lost. Rejects with StoreError. */
export async function initStore(where: string, access: StoreAccess, plan: StorePlan): Promise<void> {
  if (engineOf(where) === "sqlite") {
    const { initSqlite } = await import("./sqlite.ts");
    await initSqlite(where.slice("sqlite:".length), plan);
    return;
  }
  const { initNats } = await import("./natsinit.ts");
  await initNats(where, access, plan);
}

/**
 * Makes mirrors of the store in a JetStream domain on a leaf node of NATS, or brings them up to it, for the POPs near by.
 * Rejects with StoreError.
 */
export async function mirrorStore(
  where: string,
  access: StoreAccess,
  plan: { readonly domain: string; readonly replicas: number },
): Promise<void> {
  const { initMirror } = await import("./natsmirror.ts");
  await initMirror(where, access, plan);
}
