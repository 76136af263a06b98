/** zonecast: parse the command line, run one verb, exit with its code. */

import { readFileSync } from "node:fs";
import { type Flag, helpOf, UsageError, type Verb } from "./cli/flags.ts";
import { ConfigError } from "./config/load.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** A verb, once it is wanted. */
interface Loaded {
  readonly verb: Verb<Readonly<Record<string, Flag>>>;
  run(args: readonly string[], version: string): Promise<number>;
}

interface Entry {
  readonly about: string;
  /** What a verb needs is loaded with it: the start of a server does not wait for what publishes. */
  load(): Promise<Loaded>;
}

/** All verbs, in the order and the groups of the help. */
const groups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  Serve: {
    serve: {
      about: "Answer DNS over UDP and TCP, from zone files or from the central store.",
      load: async () => {
        const { runServe, serveVerb } = await import("./cli/serve.ts");
        return { verb: serveVerb, run: runServe };
      },
    },
    check: {
      about: "Check zone files before a server has to.",
      load: async () => {
        const { checkVerb, runCheck } = await import("./cli/check.ts");
        return { verb: checkVerb, run: runCheck };
      },
    },
    "check-config": {
      about: "Check a configuration before a server has to.",
      load: async () => {
        const { checkConfigVerb, runCheckConfig } = await import("./cli/checkconfig.ts");
        return { verb: checkConfigVerb, run: runCheckConfig };
      },
    },
  },
  Publish: {
    push: {
      about: "Check zone files, show what changes, and publish them together.",
      load: async () => {
        const { pushVerb, runPush } = await import("./cli/push.ts");
        return { verb: pushVerb, run: runPush };
      },
    },
    rollback: {
      about: "Bring a zone's earlier version back, under a new serial.",
      load: async () => {
        const { rollbackVerb, runRollback } = await import("./cli/rollback.ts");
        return { verb: rollbackVerb, run: runRollback };
      },
    },
    remove: {
      about: "Take zones out of service.",
      load: async () => {
        const { removeVerb, runRemove } = await import("./cli/remove.ts");
        return { verb: removeVerb, run: runRemove };
      },
    },
    rollout: {
      about: "Show how a version goes through the fleet; pause, resume or abort it.",
      load: async () => {
        const { rolloutVerb, runRollout } = await import("./cli/rollout.ts");
        return { verb: rolloutVerb, run: runRollout };
      },
    },
    conduct: {
      about: "Bring all rollouts on, at the centre of a fleet.",
      load: async () => {
        const { conductVerb, runConduct } = await import("./cli/conduct.ts");
        return { verb: conductVerb, run: runConduct };
      },
    },
  },
  Look: {
    explain: {
      about: "Say why a question is answered as it is, and which line each record is from.",
      load: async () => {
        const { explainVerb, runExplain } = await import("./cli/explain.ts");
        return { verb: explainVerb, run: runExplain };
      },
    },
    status: {
      about: "Show how every POP stands, and which zones are served where.",
      load: async () => {
        const { runStatus, statusVerb } = await import("./cli/status.ts");
        return { verb: statusVerb, run: runStatus };
      },
    },
    whoami: {
      about: "Ask an anycast address from here who answers, and with what.",
      load: async () => {
        const { runWhoami, whoamiVerb } = await import("./cli/whoami.ts");
        return { verb: whoamiVerb, run: runWhoami };
      },
    },
    log: {
      about: "Show what became of a zone: every version, who, when and why.",
      load: async () => {
        const { logVerb, runLog } = await import("./cli/log.ts");
        return { verb: logVerb, run: runLog };
      },
    },
    diff: {
      about: "Show what differs between two versions of a zone, or a version and a file.",
      load: async () => {
        const { diffVerb, runDiff } = await import("./cli/diff.ts");
        return { verb: diffVerb, run: runDiff };
      },
    },
    show: {
      about: "Print a version of a zone.",
      load: async () => {
        const { runShow, showVerb } = await import("./cli/show.ts");
        return { verb: showVerb, run: runShow };
      },
    },
    dashboard: {
      about: "Show the whole fleet in a browser.",
      load: async () => {
        const { dashboardVerb, runDashboard } = await import("./cli/dashboard.ts");
        return { verb: dashboardVerb, run: runDashboard };
      },
    },
  },
  Anycast: {
    drain: {
      about: "Take a service of a POP out of use, without losing a query.",
      load: async () => {
        const { drainVerb, runDrain } = await import("./cli/drain.ts");
        return { verb: drainVerb, run: runDrain };
      },
    },
    undrain: {
      about: "Put a service of a POP to use again.",
      load: async () => {
        const { runUndrain, undrainVerb } = await import("./cli/undrain.ts");
        return { verb: undrainVerb, run: runUndrain };
      },
    },
    reserve: {
      about: "Keep a service of a POP for where nobody else is near.",
      load: async () => {
        const { reserveVerb, runReserve } = await import("./cli/reserve.ts");
        return { verb: reserveVerb, run: runReserve };
      },
    },
    plan: {
      about: "Show what each POP was told, and what it does.",
      load: async () => {
        const { planVerb, runPlan } = await import("./cli/plan.ts");
        return { verb: planVerb, run: runPlan };
      },
    },
    roa: {
      about: "Print the ROAs and route objects to register for the prefixes.",
      load: async () => {
        const { roaVerb, runRoa } = await import("./cli/roa.ts");
        return { verb: roaVerb, run: runRoa };
      },
    },
  },
  Store: {
    "store init": {
      about: "Make a store, and the key that publishes to it.",
      load: async () => {
        const { runStoreInit, storeInitVerb } = await import("./cli/storeinit.ts");
        return { verb: storeInitVerb, run: runStoreInit };
      },
    },
    "store users": {
      about: "Make keys and rights for all who use a store in NATS.",
      load: async () => {
        const { runStoreUsers, storeUsersVerb } = await import("./cli/storeusers.ts");
        return { verb: storeUsersVerb, run: runStoreUsers };
      },
    },
    "store collect": {
      about: "Free what no kept version needs.",
      load: async () => {
        const { runStoreCollect, storeCollectVerb } = await import("./cli/storecollect.ts");
        return { verb: storeCollectVerb, run: runStoreCollect };
      },
    },
  },
};

/** 2 is for a command line or configuration that can't be understood. */
const USAGE = 2;

async function run(args: readonly string[]): Promise<number> {
  const [first] = args;
  if (first === "--version") return show(`${version}\n`);
  if (first === "help" || first === "--help" || first === "-h") return show(help());
  const found = verbOf(args);
  if (found === undefined) {
    process.stderr.write(first === undefined ? help() : `zonecast: no such verb: ${first}\n\n${help()}`);
    return USAGE;
  }
  const { verb, run: runVerb } = await found.entry.load();
  const asked = found.rest.includes("--help") || found.rest.includes("-h");
  return asked ? show(helpOf(verb)) : runVerb(found.rest, version);
}

/** The verb that the words begin with, of one word or of two, and what follows it. */
function verbOf(args: readonly string[]): { readonly entry: Entry; readonly rest: readonly string[] } | undefined {
  const all = new Map(Object.values(groups).flatMap((verbs) => Object.entries(verbs)));
  for (const words of [1, 2]) {
    const entry = all.get(args.slice(0, words).join(" "));
    if (entry) return { entry, rest: args.slice(words) };
  }
  return undefined;
}

function help(): string {
  const width = Math.max(...Object.values(groups).flatMap((verbs) => Object.keys(verbs).map(({ length }) => length)));
  const parts = Object.entries(groups).map(([title, verbs]) => {
    const lines = Object.entries(verbs).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}\n`);
    return `${title}\n${lines.join("")}\n`;
  });
  return `zonecast ${version}: an anycast authoritative DNS server

Usage: zonecast VERB [flags]

${parts.join("")}"zonecast VERB --help" tells more.
`;
}

function show(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** The exit code for an error, which is told; a fault of the program is thrown on. */
async function codeOf(error: unknown): Promise<number> {
  if (error instanceof UsageError) {
    process.stderr.write(`zonecast: ${error.message}; see --help\n`);
    return USAGE;
  }
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`);
    return USAGE;
  }
  const { failureOf } = await import("./cli/failure.ts");
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  process.stderr.write(`zonecast: ${failure.message}\n`);
  return failure.code;
}

// Whatever is written here is for nobody else, however the one who starts us has set it.
process.umask(0o077);

// "zonecast check … | head": a reader that has seen enough is no error.
process.stdout.on("error", () => {});

const [verb] = process.argv.slice(2);
try {
  process.exitCode = await run(process.argv.slice(2));
  // A log line that a dead pipe will never take must not keep a stopped server alive.
  if (verb === "serve") process.exit();
} catch (error) {
  process.exitCode = await codeOf(error);
}
