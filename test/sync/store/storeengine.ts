/** An engine under the contract: what a store's tests need around it. */

import type { StoreAccess, StorePlan } from "../../../src/sync/store/open.ts";
import type { Store } from "../../../src/sync/store/store.ts";

/** A place for one store, new for each test. What makes no sense for an engine it does not have, and the test is not there. */
export interface Engine {
  /** The store, and the access to it, as openStore takes them: another process opens it with these. */
  readonly where: string;
  readonly access: StoreAccess;
  /** Makes the store; a second time it is brought up to the plan. */
  init(plan?: Partial<StorePlan>): Promise<void>;
  open(access?: Partial<StoreAccess>): Promise<Store>;
  /** Throws the store away and makes it anew, under those who follow it. */
  renew(): Promise<void>;
  /** Copies what the store holds; the function that it gives puts the copy in the store's place. */
  backup?(): Promise<() => Promise<void>>;
  /** Stops the server in good order, and by kill -9; both start it again, and resolve when it answers. */
  restart?(): Promise<void>;
  kill?(): Promise<void>;
  /** Cuts all connections, without a word to either side; the server goes on. */
  breakConnections?(): Promise<void>;
  /** Ends everything that it has started, and takes its files away. */
  close(): Promise<void>;
}

/** What an engine is able to, before one is made. */
export interface EngineTraits {
  readonly backup: boolean;
  readonly server: boolean;
  readonly breaks: boolean;
}

export type MakeEngine = () => Promise<Engine>;
