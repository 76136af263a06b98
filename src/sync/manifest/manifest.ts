/** What the store knows of a zone: which versions are served where, who did it and why. Immutable; each change is a new one. */

/** A zone's content at one time. */
export interface Version {
  /** Counts from 1 in each zone, and is never given twice. */
  readonly version: number;
  readonly serial: number;
  readonly records: number;
  /** Owner names. */
  readonly names: number;
  /** Octets of the text (zone/text.ts), and its SHA-256 in hex. */
  readonly size: number;
  readonly sha256: string;
  /** When it was made, as Date.toISOString, by whom, and why if they said so. */
  readonly at: string;
  readonly by: string;
  readonly why?: string;
  /** The version that its guards held it against: POPs that serve that one do so again. */
  readonly after?: number;
  /** The version whose content it brings back. */
  readonly restores?: number;
  /** Guards that found something and were overridden by name, each with what it had found. */
  readonly overrides?: readonly Override[];
  readonly body: Body;
}

export interface Override {
  readonly guard: string;
  readonly found: string;
}

/**
 * Where the text is, compressed: octets of this manifest's own message, from the end of its head; or the blob that lists
 * the blobs (blob/index.ts).
 */
export type Body =
  | { readonly at: "inline"; readonly offset: number; readonly octets: number }
  | { readonly at: "blobs"; readonly index: string };

/** POPs of a group serve a version. A POP is in the groups that its configuration says, in one of its own name, and in "*". */
export interface Target {
  readonly group: string;
  readonly version: number;
}

/** POPs that get a version together, and the seconds to watch them after all of them serve it. */
export interface Wave {
  readonly to: readonly string[];
  readonly bake: number;
}

/** A version on its way through the fleet. Targets say the same in the form that POPs read. */
export interface Rollout {
  readonly version: number;
  /** What the others serve meanwhile, and what is gone back to. */
  readonly from: number;
  readonly waves: readonly Wave[];
  /** The wave that has it last, from 0. */
  readonly wave: number;
  readonly state: "running" | "paused";
}

export const ACTIONS = ["push", "rollback", "promote", "pause", "resume", "abort", "remove"] as const;
export type Action = (typeof ACTIONS)[number];

export interface Manifest {
  /** The zone's name as in Entry.zone: a manifest is good for no other. */
  readonly zone: string;
  /** Rises with every manifest of the zone, whatever became of the store: a POP takes none that is not above its last. */
  readonly id: number;
  readonly action: Action;
  readonly at: string;
  readonly by: string;
  readonly why?: string;
  /** Of a removal: a version has its own. */
  readonly overrides?: readonly Override[];
  /** The highest version that was ever given. */
  readonly latest: number;
  /** The versions that are targets', the newest first. None: the zone was removed. */
  readonly versions: readonly Version[];
  /** The first whose group a POP is in is the POP's. */
  readonly targets: readonly Target[];
  /** Absent when all POPs are to serve the same. */
  readonly rollout?: Rollout;
}

/** True for a manifest that says that the zone is no more. */
export function isRemoval(manifest: Manifest): boolean {
  return manifest.versions.length === 0;
}

/** The version that a POP in these groups is to serve; undefined for a removed zone, or when no target is for it. */
export function versionFor(manifest: Manifest, groups: readonly string[]): Version | undefined {
  const target = manifest.targets.find(({ group }) => group === "*" || groups.includes(group));
  return target && manifest.versions.find(({ version }) => version === target.version);
}

/** The version that a rollout is bringing, or that all have: what a publisher compares with. */
export function newestOf(manifest: Manifest): Version | undefined {
  const version = manifest.rollout?.version ?? manifest.targets[0]?.version;
  return manifest.versions.find((one) => one.version === version);
}
