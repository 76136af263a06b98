/** Zones as they stand at POPs, and the way of pushes to them: pure. */

import { isRemoval, newestOf, versionFor } from "../manifest/manifest.ts";
import type { Heads, ZoneHead } from "./heads.ts";
import { type PopView, servesNewest } from "./popstate.ts";
import type { Cell, PushSnapshot, ZoneSnapshot } from "./snapshot.ts";

/** The zones to show, at most so many: refused ones, those that are on their way, rollouts, then all by name. */
export function zonesToShow(heads: Heads, pops: readonly PopView[], most: number): readonly ZoneHead[] {
  const found = new Map<string, ZoneHead>();
  for (const head of interesting(heads, pops)) {
    if (found.size >= most) break;
    found.set(head.zone, head);
  }
  for (const name of heads.names) {
    if (found.size >= most) break;
    if (!found.has(name)) found.set(name, heads.get(name) as ZoneHead);
  }
  return [...found.values()];
}

function* interesting(heads: Heads, pops: readonly PopView[]): Generator<ZoneHead> {
  // Where a silent POP has stopped says nothing of the zones.
  const heard = pops.filter(({ silent }) => !silent);
  for (const { heard: pop } of heard) {
    for (const zone of pop.refused.keys()) {
      const head = heads.get(zone);
      if (head !== undefined) yield head;
    }
  }
  const late = heard.filter(({ snapshot }) => snapshot.behind > 0);
  const lowest = Math.min(...late.map(({ position }) => position));
  if (late.length > 0) {
    for (const head of heads.after(lowest)) if (late.some((view) => cellOf(head, view).state === "behind")) yield head;
  }
  yield* heads.rollouts();
}

export function zoneView(head: ZoneHead, pops: readonly PopView[]): ZoneSnapshot {
  const { manifest, zone } = head;
  const { rollout } = manifest;
  const version = newestOf(manifest);
  return {
    zone,
    version: version?.version ?? 0,
    serial: version?.serial ?? 0,
    records: version?.records ?? 0,
    digest: version?.sha256 ?? "",
    ...{ at: manifest.at, by: manifest.by, action: manifest.action },
    rollout: rollout && { wave: rollout.wave, waves: rollout.waves.length, state: rollout.state },
    cells: pops.map((view) => cellOf(head, view)),
  };
}

export function cellOf(head: ZoneHead, view: PopView): Cell {
  const { zone, manifest, revision } = head;
  const { pop } = view.heard.report;
  const version = versionFor(manifest, view.groups);
  if (view.silent) return { pop, state: "away", serial: undefined, why: view.snapshot.why };
  const refused = view.heard.refused.get(zone);
  if (refused !== undefined) return { pop, state: "refuses", serial: refused.serial, why: refused.why };
  const read = revision <= view.position || view.snapshot.agrees;
  if (version === undefined && (read || !isRemoval(manifest))) {
    return { pop, state: "none", serial: undefined, why: undefined };
  }
  if (read || servesNewest(head, view)) return { pop, state: "serves", serial: version?.serial, why: undefined };
  return { pop, state: "behind", serial: servedSerial(head, view), why: undefined };
}

/** What a POP serves that is behind, as far as its report tells. */
function servedSerial({ zone, manifest }: ZoneHead, view: PopView): number | undefined {
  const number = view.heard.rollouts.get(zone)?.version;
  const counted = manifest.versions.find(({ version }) => version === number)?.serial;
  return counted ?? view.receipts.get(zone)?.serial;
}

/** How the last manifests came to the POPs. */
export function pushViews(heads: Heads, pops: readonly PopView[]): readonly PushSnapshot[] {
  const pushes = heads.pushes.map((head) => ({
    head,
    pops: [] as PushSnapshot["pops"][number][],
    have: new Set<string>(),
  }));
  const byId = new Map(pushes.map((push) => [keyOf(push.head.zone, push.head.manifest.id), push]));
  for (const { heard } of pops) {
    const { pop, recent } = heard.report;
    for (const { zone, id, received, fetchedMs, compiledMs, servingMs } of recent) {
      const push = byId.get(keyOf(zone, id));
      if (push === undefined || push.have.has(pop)) continue;
      push.have.add(pop);
      push.pops.push({ pop, received, fetchedMs, compiledMs, servingMs });
    }
  }
  return pushes.map(({ head, pops: came, have }) => {
    const { zone, manifest } = head;
    const version = newestOf(manifest);
    return {
      ...{ zone, id: manifest.id, at: manifest.at, action: manifest.action, pops: came },
      version: version?.version ?? 0,
      serial: version?.serial ?? 0,
      missing: pops.filter((view) => !have.has(view.heard.report.pop) && isMissing(head, heads, view)).map(nameOf),
    };
  });
}

/** True when a manifest is for a POP, and it has not said that it serves it or that it needs nothing of it. */
function isMissing(head: ZoneHead, heads: Heads, view: PopView): boolean {
  if (versionFor(head.manifest, view.groups) === undefined) return false;
  const newest = heads.get(head.zone) === head;
  if (newest) return cellOf(head, view).state !== "serves";
  return head.revision > view.position && !view.snapshot.agrees;
}

function keyOf(zone: string, id: number): string {
  return `${zone} ${id}`;
}

function nameOf({ heard }: PopView): string {
  return heard.report.pop;
}
