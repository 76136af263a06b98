/** The load generator (load.c): compiled when a run begins, and run on its own core. */

import { join } from "node:path";
import { LOAD_CORE, notInstalled, type Workplace } from "./workplace.ts";

/** What the load generator prints. Latencies in µs, measured in the steady mode only. */
export interface Load {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  /** Replies of another class than the query's. */
  readonly wrong: number;
  readonly reconnects: number;
  readonly seconds: number;
  readonly qps: number;
  readonly reply_octets: number;
  readonly load_cpu_s: number;
  /** The query in the file that would have been next. */
  readonly next: number;
  readonly p50_us: number;
  readonly p99_us: number;
  readonly p999_us: number;
  readonly max_us: number;
}

/** Queries a second at which latency is measured. */
export const RATE = 20_000;
/** Half the time between two queries at that rate. */
const REST_US = 25;

export type Mode = "flood" | "steady" | "pipeline" | "connect";

/**
 * Sockets and windows of each mode.
 *
 * flood: 160 outstanding fit into a socket buffer of the default size (212,992 octets, of which a small datagram takes
 * about 1,100), so a server that asks for no more loses nothing. Measured: with 256 or 512 outstanding NSD answers no
 * more, and BIND loses 60 in the first moment. Windows are powers of two.
 * steady: few sockets, as each is polled between two queries; a window of more than a second.
 */
const SHAPES: Readonly<Record<Mode, readonly string[]>> = {
  flood: ["sockets=10", "window=16", "batch=16"],
  steady: ["sockets=4", "window=8192"],
  pipeline: ["sockets=20", "window=32"],
  connect: ["sockets=16", "addresses=200"],
};

export interface More {
  /** The query of the file to begin with. */
  readonly skip?: number;
  /** Queries a second in the steady mode. */
  readonly rate?: number;
  /** The steady mode sleeps when it has nothing to do, on any core: for servers that need more than one. */
  readonly gentle?: boolean;
  /** The flood comes from so many prefixes, from a socket in each. */
  readonly sources?: number;
}

export interface Generator {
  /** Sends queries of a file for some seconds. */
  load(mode: Mode, queries: string, port: number, seconds: number, more?: More): Promise<Load>;
  /** The C echo, for comparison. */
  readonly echo: string;
}

/** Compiles what is in C. Without a compiler it is undefined. */
export async function compileGenerator(place: Workplace): Promise<Generator | undefined> {
  if (notInstalled(["cc", "taskset"]).length > 0) return undefined;
  const source = (name: string) => join(import.meta.dirname, name);
  const program = join(place.directory, "load");
  const echo = join(place.directory, "echo");
  await place.run(["cc", "-O2", "-o", program, source("load.c"), source("loadudp.c"), source("loadtcp.c")]);
  await place.run(["cc", "-O2", "-o", echo, source("echo.c")]);
  return {
    echo,
    load: async (mode, queries, port, seconds, { skip = 0, rate = RATE, gentle = false, sources = 0 } = {}) => {
      const from = sources > 0 ? [`sources=${sources}`, `sockets=${sources}`, "window=4", "batch=4"] : [];
      const plan = [...SHAPES[mode], ...from, `skip=${skip}`, `rate=${rate}`, `rest=${gentle ? REST_US : 0}`];
      const command = [program, mode, queries, String(port), String(seconds), ...plan];
      const output = await place.run(command, gentle ? undefined : LOAD_CORE);
      return JSON.parse(output) as Load;
    },
  };
}
