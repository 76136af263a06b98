/** The real program with faults to be injected into its threads, and what a test asks it over TCP. */

import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { txtQuery } from "../server/asking.ts";
import { directoryWith } from "../server/program.ts";
import { until } from "../transport/stream.ts";

export interface Faults {
  /** For the program to be started with. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends a thread; resolves when it is dead. */
  kill(kind: "udp" | "tcp" | "compile" | "tap"): Promise<void>;
  /** Sets the clock wrong by so many milliseconds. */
  clock(wrong: number): void;
  /** Says that the process may have so many octets of memory. */
  memory(octets: number): void;
  /** Lets so many milliseconds have passed for the main thread, which has had no timer meanwhile. */
  later(milliseconds: number): void;
}

/** Faults for one program. */
export function faults(): Faults {
  const folder = directoryWith();
  const { POP_ID: _, ...environment } = process.env;
  const preload = pathToFileURL(join(import.meta.dirname, "injected.ts")).href;
  return {
    env: { ...environment, FAULTS: folder, NODE_OPTIONS: `--import=${preload}` },
    async kill(kind) {
      const file = join(folder, `${kind}.die`);
      writeFileSync(file, "");
      await until(() => !existsSync(file), `the ${kind} thread to die`);
    },
    memory: (octets) => writeFileSync(join(folder, "memory"), String(octets)),
    later: (milliseconds) => writeFileSync(join(folder, "later"), String(milliseconds)),
    clock: (wrong) => writeFileSync(join(folder, "clock"), String(wrong)),
  };
}

/** A query as it goes over a stream. */
export function framedQuery(id: number, name: string): Buffer {
  const query = txtQuery(id, name);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return Buffer.concat([length, query]);
}

/** Asks for TXT over a connection of its own; whether there was an answer. */
export function askTcp(port: number, name: string, { patience = 1500, from = "127.0.0.1" } = {}): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  socket.write(framedQuery(1, name));
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), patience);
    const end = (answered: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answered);
    };
    socket.once("data", () => end(true));
    for (const event of ["error", "end"]) socket.on(event, () => end(false));
  });
}
