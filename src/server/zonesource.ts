/** Where a POP's zones come from, as the server around it sees it: zone files (zonekeeper.ts), or the central store (storekeeper.ts). */

import type { FleetWatch } from "../sync/fleetview/watch.ts";
import type { FleetTold } from "../sync/orders/fleetlink.ts";

/** A zone as /status shows it. */
export interface ZoneStatus {
  readonly zone: string | undefined;
  /** "stale": the newest version has errors, and an older one is served. */
  readonly state: "serving" | "stale" | "failed";
  readonly serial: number | undefined;
  readonly records: number | undefined;
  /** When what is served was loaded, as Date.toISOString. */
  readonly loaded: string | undefined;
  readonly problems: readonly string[];
  /** Whatever else the source knows of it. */
  readonly [more: string]: unknown;
}

/** A zone as metrics show it: nothing is made of it that would cost 200,000 zones a second, its name neither. */
export interface ZoneFacts {
  readonly state: ZoneStatus["state"];
  readonly image: SharedArrayBuffer | undefined;
  /** When it was last known that what is served is the newest, in milliseconds since 1970; undefined when it never was. */
  readonly confirmed: number | undefined;
  /** How long it took to load it; undefined when that is not known, as it stood ready. */
  readonly milliseconds: number | undefined;
  /** A rollout is under way; never where zones come from files. */
  readonly rollout?: boolean;
  /** Undefined for a file that does not tell its zone's. */
  name(): string | undefined;
}

/** How a central store is followed; times in milliseconds since 1970. */
export interface StoreFacts {
  readonly connected: boolean;
  readonly heard: number | undefined;
  readonly position: number | undefined;
  readonly working: number;
  readonly refusals: number;
  readonly missing: number;
  /** Milliseconds from manifest to served, of the last version taken. */
  readonly lastServingMs: number | undefined;
}

export interface ZoneSource {
  /** What to do about having no zones, for people. */
  readonly whenEmpty: string;
  /** Resolves when every zone has been tried once. Rejects with an Error that says why there are none to be tried. */
  start(): Promise<void>;
  /** What the start waits for that may never come; undefined when it comes to its end by itself. */
  readonly waitsFor: string | undefined;
  /** Looks at everything now (SIGHUP). */
  rescan(): void;
  /** What reports say of the server has changed: it has become ready, or how it announces is another. */
  stateChanged(): void;
  /** `replaced`: another process is this POP from now on. */
  close(replaced?: boolean): Promise<void>;
  /** Every zone's name, and whether it is served. */
  names(): Iterable<readonly [zone: string | undefined, served: boolean]>;
  zones(): Iterable<ZoneStatus>;
  /** The same zones for metrics. */
  facts(): Iterable<ZoneFacts>;
  /** Undefined while there is no view of a store; absent where zones come from files. */
  storeFacts?(): StoreFacts | undefined;
  /** How it goes, for /status; never a secret. */
  status(): Readonly<Record<string, unknown>>;
  /** The other POPs, and who gives orders to this one, where zones come from the central store. */
  readonly fleet?: FleetSource;
  /** Watches all POPs from now on, until this source is closed; undefined as long as it can't be said whom to believe. */
  watchFleet?(): FleetWatch | undefined;
  /** Milliseconds since it was last known that what is served is the newest; undefined when that never was, or can't be known. */
  heardAgo?(): number | undefined;
}

/** What comes from the other POPs through the store. */
export interface FleetSource {
  /** Tells of reports and orders from now on, once the store is there. `last`: see FleetLink. Called once. */
  follow(told: FleetTold, last: number): void;
  /** Why others' reports, or orders, do not come; undefined while they do. */
  readonly unheard: string | undefined;
  readonly unordered: string | undefined;
}
