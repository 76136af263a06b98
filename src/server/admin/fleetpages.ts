/** The dashboard at a POP's own admin server: fed by the store that the POP follows, once somebody looks. */

import { type Dashboard, openDashboard } from "../../dashboard/pages.ts";
import type { FleetWatch } from "../../sync/fleetview/watch.ts";
import type { Page } from "./page.ts";
import { sendJson } from "./reply.ts";

/** What a POP's pages are made of. */
export interface FleetPagesArgs {
  readonly pop: string;
  /** Begins to watch the fleet; undefined as long as it is not known whose word is to be believed in the store. */
  watchFleet(): FleetWatch | undefined;
}

/**
 * The pages. The fleet is watched from the first request on, and for as long as the server runs: whole reports of all POPs
 * come through the store then, which is nothing to begin with at POPs that nobody looks at.
 */
export function fleetPages({ pop, watchFleet }: FleetPagesArgs): readonly Page[] {
  let dashboard: Dashboard | undefined;
  const opened = () => {
    const watch = dashboard === undefined ? watchFleet() : undefined;
    return watch === undefined ? dashboard : openDashboard(watch, pop);
  };
  return ["/dashboard/", "/dashboard"].map((path) => ({
    path,
    lasting: true,
    handle: (request, response) => {
      dashboard = opened();
      const page = dashboard?.pages.find((one) => one.path === path);
      if (page) return page.handle(request, response);
      sendJson(response, 503, {
        error: "the store has not been reached yet: try again when it is, or look at /status",
      });
    },
  }));
}
