/** zonecast dashboard: show the whole fleet in a browser, from wherever the store is reached. */

import { once } from "node:events";
import { openDashboard } from "../dashboard/pages.ts";
import { type ListenerOptions, listen, whyUnsafe } from "../server/admin/dashboardserver.ts";
import { FleetWatch } from "../sync/fleetview/watch.ts";
import { listenFromText } from "../text/listen.ts";
import { errorCode, whyNotBound } from "../text/systemerror.ts";
import { Exit } from "./failure.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { untilStopped } from "./interrupt.ts";
import { storeFlags, withReader } from "./storeflags.ts";

const flags = {
  ...storeFlags,
  listen: { value: "ADDR@PORT", help: "Where to serve the page. Default: 127.0.0.1@8053." },
} as const;

export const dashboardVerb: Verb<typeof flags> = {
  name: "dashboard",
  about: [
    "Show the fleet in a browser: POPs on a map, queries, answers, pushes and zones, as the POPs report them to the store.",
    "On an address that other machines reach, ZONECAST_ADMIN_TOKEN is asked for: as the password, with any name.",
  ].join("\n"),
  flags,
};

const DEFAULT_LISTEN = "127.0.0.1@8053";

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs the verb until SIGINT or SIGTERM; the exit code. */
export async function runDashboard(args: readonly string[]): Promise<number> {
  const { flags: given } = parseFlags(dashboardVerb, args);
  const options = listenerOptions(given.listen ?? DEFAULT_LISTEN, process.env);
  return untilStopped((signal) =>
    withReader(given, async ({ store, trust }) => {
      const watch = new FleetWatch({ store, trust, clock: { now: Date.now, monotonic: () => performance.now() } });
      const dashboard = openDashboard(watch);
      try {
        const listener = await listen(dashboard.pages, options).catch((error) => {
          throw new UsageError(whyNotBound(errorCode(error), options.address, options.port, "tcp"));
        });
        process.stdout.write(`the dashboard of ${store.where} is at ${urlOf(options)}\n`);
        if (!signal.aborted) await once(signal, "abort");
        dashboard.close();
        await listener.close();
        return Exit.DONE;
      } finally {
        dashboard.close();
        watch.close();
      }
    }),
  );
}

/** Where to listen, and what to ask for. Throws UsageError for what is not safe. */
function listenerOptions(text: string, environment: Environment): ListenerOptions {
  const place = listenFromText(text);
  if (!place) throw new UsageError(`--listen: expected ADDR@PORT, such as ${DEFAULT_LISTEN}, got "${text}"`);
  const options = { ...place, token: environment.ZONECAST_ADMIN_TOKEN || undefined };
  const why = whyUnsafe(options);
  if (why !== undefined) throw new UsageError(why);
  return options;
}

function urlOf({ address, port }: ListenerOptions): string {
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}/dashboard/`;
}
