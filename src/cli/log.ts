/** zonecast log: what became of a zone, manifest by manifest. */

import { type Manifest, newestOf } from "../sync/manifest/manifest.ts";
import { type Past, readPast } from "../sync/publish/history.ts";
import { pastOf } from "../sync/publish/lookup.ts";
import { columns } from "./columns.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { storeFlags, withReader } from "./storeflags.ts";
import { zoneNamed } from "./zonename.ts";

const flags = {
  ...storeFlags,
  json: { help: "Print one JSON document: { zone, entries: [{ id, action, at, by, why, version, serial, … }] }." },
} as const;

export const logVerb: Verb<typeof flags> = {
  name: "log",
  about: "Show what became of a zone, the newest first: version, serial, who, when and why.",
  rest: "ZONE",
  flags,
};

/** Runs the verb; the exit code. */
export async function runLog(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(logVerb, args);
  if (rest.length !== 1) throw new UsageError("name one zone");
  const zone = zoneNamed(rest[0]);
  return withReader(given, async ({ store, trust }) => {
    await pastOf(store, zone, trust);
    const { past, untrusted } = await readPast(store, zone, trust);
    if (given.json === true) {
      process.stdout.write(`${JSON.stringify({ zone, untrusted, entries: past.map(entryOf) }, null, 2)}\n`);
      return 0;
    }
    for (const line of linesOf(past)) process.stdout.write(`${line}\n`);
    if (untrusted > 0) process.stderr.write(`${untrusted} more in the store are not signed by a trusted key\n`);
    return 0;
  });
}

/** A manifest in the JSON document. */
function entryOf({ manifest, revision }: Past): object {
  const { id, action, at, by, why, targets, rollout } = manifest;
  const version = newestOf(manifest);
  const { body: _, at: made, by: maker, why: reason, ...facts } = version ?? {};
  return { id, revision, action, at, by, why, ...facts, targets, rollout, overrides: overridesOf(manifest) };
}

function linesOf(past: readonly Past[]): string[] {
  const rows = past.map(({ manifest }) => {
    const version = newestOf(manifest);
    const { action, at, by, why } = manifest;
    return [
      action,
      version ? `version ${version.version}` : "",
      version ? `serial ${version.serial}` : "",
      version ? `${version.records} records` : "",
      at,
      by,
      why ?? "",
    ];
  });
  return columns(rows).flatMap((line, i) => [line, ...detailsOf(past[i].manifest)]);
}

/** What else is to be told of a manifest. */
function detailsOf(manifest: Manifest): string[] {
  const { rollout, action } = manifest;
  const restores = action === "rollback" ? newestOf(manifest)?.restores : undefined;
  const lines = restores === undefined ? [] : [`    brings back version ${restores}`];
  if (rollout) {
    const to = rollout.waves[rollout.wave]?.to.join(", ");
    lines.push(
      `    ${rollout.state}: wave ${rollout.wave + 1} of ${rollout.waves.length} (${to}), the others have version ${rollout.from}`,
    );
  }
  return [...lines, ...overridesOf(manifest).map(({ guard, found }) => `    --allow ${guard}: ${found}`)];
}

/** Overrides belong to the manifest that brought the version, or the removal. */
function overridesOf(manifest: Manifest): readonly { readonly guard: string; readonly found: string }[] {
  if (manifest.action === "remove") return manifest.overrides ?? [];
  if (manifest.action !== "push" && manifest.action !== "rollback") return [];
  return newestOf(manifest)?.overrides ?? [];
}
