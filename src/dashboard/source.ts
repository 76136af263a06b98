/** What the dashboard is fed with, and the form of what it serves: all that it knows of the rest of the program. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { FleetSnapshot } from "../sync/fleetview/snapshot.ts";

/** Whoever watches the fleet. */
export interface FleetSource {
  /** At most `zones` zones, those whose names hold `search`. */
  snapshot(options?: { zones?: number; search?: string }): FleetSnapshot;
  /** Calls `changed` when a new snapshot differs from the last; the function that ends it. */
  subscribe(changed: () => void): () => void;
}

/** A page as an HTTP server takes it (server/admin/page.ts): one that ends with "/" has everything below it. */
export interface DashboardPage {
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}
