/**
 * POPs without an answering side, many in one process: each has its connection to the store and its copy on disk, reads,
 * verifies and keeps what comes, and tells of it. Run by syncfollowers.ts.
 */

import { createSocket } from "node:dgram";
import { join } from "node:path";
import { argv, hrtime } from "node:process";
import { BodyError, textOf } from "../../src/sync/blob/unpack.ts";
import { Copy, type CopyWrite } from "../../src/sync/follow/copy.ts";
import { Follower } from "../../src/sync/follow/follower.ts";
import type { Compiled, CompileWork, Surroundings } from "../../src/sync/follow/following.ts";
import { Trust } from "../../src/sync/manifest/keys.ts";
import { openStore } from "../../src/sync/store/open.ts";

export interface FollowingSetup {
  readonly where: string;
  readonly publicKey: string;
  readonly pops: readonly string[];
  readonly directory: string;
  /** Where what is kept is told of, by UDP on the loopback interface. */
  readonly port: number;
}

/** What a datagram says: a POP has a manifest on disk. `at`: milliseconds of a clock that all processes see. */
export interface KeptNote {
  readonly pop: string;
  readonly zone: string;
  readonly id: number;
  readonly at: number;
}

/** Milliseconds of CLOCK_MONOTONIC, which is the same in every process. */
export function monotonic(): number {
  return Number(hrtime.bigint() / 1000n) / 1000;
}

/** A copy that tells when what it was given is on disk. */
class NotingCopy extends Copy {
  readonly #note: (zone: string, id: number) => void;

  constructor(directory: string, useless: string | undefined, note: (zone: string, id: number) => void) {
    super(directory, useless);
    this.#note = note;
  }

  override write(write: CopyWrite): void {
    super.write(write);
    for (const { zone, taken } of write.zones) this.#note(zone, taken.id);
  }
}

async function follow(setup: FollowingSetup, pop: string, say: (note: KeptNote) => void): Promise<void> {
  const tls = { ca: undefined, cert: undefined, key: undefined };
  const store = await openStore(setup.where, { credentials: undefined, tls, pop, patience: "pop" });
  const directory = join(setup.directory, pop);
  const note = (zone: string, id: number) => say({ pop, zone, id, at: monotonic() });
  const follower = new Follower({
    ...{ store, trust: new Trust([setup.publicKey]), pop, groups: [], directory, surroundings: SURROUNDINGS },
    facts: {
      ...{ release: "bench", ask: [], ready: () => true, announcing: () => false, counts: () => undefined },
      ...{ standings: () => [], ordered: () => undefined },
    },
    openCopy: (useless) => new NotingCopy(directory, useless, note),
  });
  await follower.start();
}

const SURROUNDINGS: Surroundings = {
  compile: async (work) => verified(work),
  stored: () => undefined,
  serve: async () => {},
  tell: (level, _, __, text) => {
    if (level === "error") process.stderr.write(`${text}\n`);
  },
  now: Date.now,
  monotonic: () => performance.now(),
  random: Math.random,
};

function verified({ zone, version, pieces }: CompileWork): Compiled {
  try {
    textOf(version, pieces, zone);
    return { image: new SharedArrayBuffer(8), problems: [], why: undefined, from: "text" };
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return { image: undefined, problems: [], why: error.message, from: "text" };
  }
}

if (import.meta.main) {
  const setup = JSON.parse(argv[2]) as FollowingSetup;
  const socket = createSocket("udp4");
  const say = (note: KeptNote) => socket.send(JSON.stringify(note), setup.port, "127.0.0.1");
  await Promise.all(setup.pops.map((pop) => follow(setup, pop, say)));
}
