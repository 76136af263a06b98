/** Makes an image of a version from the store: the text verified, compiled, and held to what its manifest says of it. */

import { BodyError, textOf } from "../sync/blob/unpack.ts";
import type { Version } from "../sync/manifest/manifest.ts";
import { nameFromText } from "../text/name.ts";
import { popGuard } from "../zone/delta/popguard.ts";
import { Word, Zone } from "../zone/image.ts";
import type { LinkMaker } from "../zone/linkmaker.ts";
import { loadZone } from "../zone/load.ts";
import { errorsToText, type Problem } from "../zone/problem.ts";
import type { Made } from "./imagestore.ts";
import { demandRoom, NoRoom } from "./memoryroom.ts";
import type { TextJob, TextResult } from "./messages.ts";

const NO_INCLUDE = () => "$INCLUDE: a zone in the store is whole";

/**
 * Makes an image of a version, or says why it is refused. `now`: seconds since 1970; `maker` as in LoadOptions. Never
 * throws for what a text contains.
 */
export function loadText(job: TextJob, now: number, maker?: LinkMaker): Made {
  const started = performance.now();
  const { zone, version, pieces } = job;
  let bytes: Uint8Array;
  try {
    demandRoom(version.size);
    bytes = textOf(version, pieces, zone);
  } catch (error) {
    if (!(error instanceof BodyError || error instanceof NoRoom)) throw error;
    return { result: lostText(job, error.message), sources: [], holds: undefined };
  }
  // As zonecast show names it.
  const file = `${zone}@${version.version}`;
  const apex = nameFromText(zone);
  const { image, problems, errors, holds } = loadZone({ file, bytes }, { apex, include: NO_INCLUDE, now, maker });
  const why = image === undefined ? whyNoImage(problems, errors) : whyNotTaken(job, image);
  const milliseconds = performance.now() - started;
  const result: TextResult = {
    image: why === undefined ? image : undefined,
    problems,
    milliseconds,
    from: "text",
    why,
  };
  return { result, sources: [{ file, bytes, digest: version.sha256 }], holds };
}

/** The result of a version whose text is not there, or that no thread has lived to try. */
export function lostText(_: TextJob, why: string): TextResult {
  return { image: undefined, problems: [], milliseconds: 0, from: "text", why };
}

function whyNoImage(problems: readonly Problem[], errors: number): string {
  const first = problems.find(({ severity }) => severity === "error");
  // An error of the zone as a whole has no line.
  const place =
    first === undefined || first.line === 0 ? "" : `, ${errors > 1 ? "the first " : ""}in line ${first.line}`;
  return `${errorsToText(errors)}${place}: ${first?.message}; correct the zone and push it again`;
}

/** Why an image is not served; undefined when it may be. */
function whyNotTaken({ version, before, limits }: TextJob, image: SharedArrayBuffer): string | undefined {
  const otherwise = whyNotAsSaid(version, new Uint32Array(image));
  if (otherwise !== undefined || before === undefined) return otherwise;
  const excused = new Set(version.overrides?.map(({ guard }) => guard));
  // Nothing could be compared, and the publisher has said to go on all the same.
  if (excused.has("unreadable")) return undefined;
  const findings = popGuard(new Zone(before), new Zone(image), limits).filter(({ guard }) => !excused.has(guard));
  if (findings.length === 0) return undefined;
  const flags = [...new Set(findings.map(({ guard }) => `--allow ${guard}`))].join(" ");
  const found = findings.map((finding) => finding.found).join("; ");
  // A publisher with the same limits would have asked: this is a mistake of theirs, or of this POP's configuration.
  return `${found}: nobody has said that it is meant (${flags}): push the zone as it should be, or give this POP the publisher's publish.guards and restart it`;
}

/** What a manifest says of its text is what people and POPs go by: where it is wrong, something else is, too. */
function whyNotAsSaid(version: Version, words: Uint32Array): string | undefined {
  const counted = [
    ["the serial", version.serial, words[Word.SERIAL]],
    ["the number of records", version.records, words[Word.RECORDS]],
    ["the number of names", version.names, words[Word.OWNERS]],
  ] as const;
  const wrong = counted.find(([, said, is]) => said !== is);
  if (wrong === undefined) return undefined;
  const [what, said, is] = wrong;
  return `${what} is ${is}, and its manifest says ${said}: push the zone again`;
}
