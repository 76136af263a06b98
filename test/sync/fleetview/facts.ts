/** Reports and manifests for views of a fleet, at a time that the test says. */

import type { FleetFacts } from "../../../src/sync/fleetview/build.ts";
import { Heads } from "../../../src/sync/fleetview/heads.ts";
import type { Known } from "../../../src/sync/fleetview/popstate.ts";
import { Digest } from "../../../src/sync/follow/digest.ts";
import type { Manifest, Version } from "../../../src/sync/manifest/manifest.ts";
import { type PopReport, reportOctets } from "../../../src/sync/report.ts";
import { Fleet } from "../../../src/sync/rollout/fleet.ts";
import { manifestOf, VERSION } from "../manifest/manifests.ts";

/** Milliseconds since 1970: all times of tests are seconds after it. */
export const START: number = Date.parse("2026-06-01T10:00:00.000Z");

export function dateAt(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

/** A version of a zone, with a digest of its own. */
export function versionOf(version: number): Version {
  return { ...VERSION, version, serial: version * 10, sha256: String(version).padStart(64, "0") };
}

/** The digest of a POP that serves these versions. */
export function digestOf(served: Readonly<Record<string, number>>): string {
  const digest = new Digest();
  for (const [zone, version] of Object.entries(served)) digest.change(zone, undefined, versionOf(version).sha256);
  return digest.toString();
}

/** A store and a fleet that tests fill. */
export class Facts {
  readonly heads = new Heads();
  readonly fleet = new Fleet();
  readonly lay = new Set<string>();
  why: string | undefined;
  #revision = 0;

  /** A version for all, or what is said otherwise, came at so many seconds; its revision. */
  put(zone: string, version: number, at: number, other: Partial<Manifest> = {}): number {
    const revision = ++this.#revision;
    const manifest = manifestOf({
      ...{ zone, id: revision, at: dateAt(at), latest: version, versions: [versionOf(version)] },
      ...{ targets: [{ group: "*", version }], ...other },
    });
    this.heads.take({ zone, revision, manifest, came: START + at * 1000 });
    return revision;
  }

  /** A POP has reported at so many seconds that it serves these. */
  hear(pop: string, at: number, served: Readonly<Record<string, number>>, other: Partial<PopReport> = {}): void {
    const report: PopReport = {
      ...{ v: 1, pop, groups: [], release: "1.0.0", at: dateAt(at), every: 10, epoch: "e", position: this.#revision },
      ...{ ready: true, announcing: true, standings: [], ask: [], zones: Object.keys(served).length },
      ...{ digest: digestOf(served), refusals: 0, refused: [], recent: [], rollouts: [], ...other },
    };
    this.fleet.hear({ pop, octets: reportOctets(report) }, at * 1000);
  }

  at(seconds: number): FleetFacts {
    const pops: Known[] = this.fleet.all().map((heard) => ({ heard, lay: this.lay.has(heard.report.pop) }));
    const moment = { monotonic: seconds * 1000, date: START + seconds * 1000 };
    return { store: { where: "sqlite:x", why: this.why }, epoch: "e", heads: this.heads, pops, moment };
  }
}
