/** Zone sets and the queries over them, written to files once for all servers. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender, Zone } from "./contenders.ts";
import { writeQueries } from "./queryfile.ts";
import { signZone } from "./sign.ts";
import { queriesOf, type Workload } from "./workloads.ts";
import type { Workplace } from "./workplace.ts";
import { ORIGIN, type ZoneSet, zoneSets } from "./zones.ts";

/** A workload and the file that holds its queries. */
export interface Prepared {
  readonly workload: Workload;
  readonly queries: string;
}

/** A zone set with all that is asked of it. */
export interface Stage {
  readonly set: ZoneSet;
  readonly zone: Zone;
  readonly prepared: readonly Prepared[];
  /** The same, for contenders of which no right answers are expected. */
  readonly forEchoes: readonly Prepared[];
}

/** Writes the zones and queries of these workloads. */
export async function setStages(place: Workplace, asked: readonly Workload[]): Promise<Stage[]> {
  const stages: Stage[] = [];
  for (const set of zoneSets) {
    const own = asked.filter((workload) => workload.zones === set.key);
    if (own.length === 0) continue;
    const folder = place.folder();
    const prepare = (anything: boolean) => (workload: Workload) => {
      const queries = join(folder, `${workload.key}${anything ? "-any" : ""}.queries`);
      writeQueries(queries, queriesOf(workload, anything));
      return { workload, queries };
    };
    // Echoes have no zones: the small set stands for all, and they know nothing of TCP.
    const echoed = own.filter((workload) => set.key === "small" && workload.transport === "udp");
    const zone = await writeZone(place, set, folder);
    stages.push({ set, zone, prepared: own.map(prepare(false)), forEchoes: echoed.map(prepare(true)) });
  }
  return stages;
}

/** Writes the zone file of a set into a folder, signed if the set is. */
export async function writeZone(place: Workplace, set: ZoneSet, folder: string): Promise<Zone> {
  const file = join(folder, `${ORIGIN}.zone`);
  writeFileSync(file, set.text());
  if (set.signed) await signZone(place, ORIGIN, file, set.signed);
  return { name: ORIGIN, file, signed: set.signed };
}

/** What a stage holds for a contender. */
export function queriesFor(stage: Stage, contender: Contender): Prepared[] {
  const all = contender.echo ? stage.forEchoes : stage.prepared;
  return all.filter(({ workload }) => takesPart(contender, workload));
}

/** Whether a contender is measured under a workload. */
export function takesPart(contender: Contender, workload: Workload): boolean {
  return contender.workloads?.includes(workload.key) ?? true;
}
