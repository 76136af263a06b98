/** Runs the benches named on the command line, or all: load, throughput, reload. */

import { benchLoad } from "./load.ts";
import { benchReload } from "./reload.ts";
import { benchThroughput } from "./throughput.ts";

const benches: Readonly<Record<string, () => Promise<void>>> = {
  load: benchLoad,
  throughput: benchThroughput,
  reload: benchReload,
};
const asked = process.argv.slice(2);
for (const [name, bench] of Object.entries(benches)) if (asked.length === 0 || asked.includes(name)) await bench();
