/**
 * A POP as a process of its own, to be killed: STORE DIRECTORY PUBLIC-KEY. Writes a line of JSON for each zone that it
 * begins to serve, and one when all that is on disk is served.
 */

import { writeSync } from "node:fs";
import { Trust } from "../../../src/sync/manifest/keys.ts";
import { openSqlite } from "../../../src/sync/store/sqlite.ts";
import { Pop, serialIn } from "./pop.ts";

const [file, directory, key] = process.argv.slice(2);
const access = {
  credentials: undefined,
  tls: { ca: undefined, cert: undefined, key: undefined },
  pop: "ams1",
} as const;
const store = await openSqlite(file, { ...access, patience: "pop" });
// In the pipe at once: a kill leaves nothing behind in a buffer.
const say = (line: object) => void writeSync(1, `${JSON.stringify(line)}\n`);
const pop = new Pop(store, new Trust([key]), directory, { options: { reportSoon: 1 } });
pop.serving = async (swaps) => {
  for (const { zone, image } of swaps) say({ zone, serial: image && serialIn(Buffer.from(image).toString()) });
};
await pop.start();
say({ ready: true });
