/** The text and the image of a version that the store has, every octet verified. */

import { absoluteName } from "../../text/name.ts";
import { Zone } from "../../zone/image.ts";
import { loadZone } from "../../zone/load.ts";
import { errorsToText, problemToText } from "../../zone/problem.ts";
import type { GetBlob } from "../blob/blobfolder.ts";
import { BodyError, gather, textOf } from "../blob/unpack.ts";
import type { Content } from "./compose.ts";
import { AT_ONCE } from "./upload.ts";

/** The text of a zone's version. Rejects with BodyError, or as getBlob does. */
export async function readText(zone: string, { version, inline }: Content, getBlob: GetBlob): Promise<Uint8Array> {
  // The octets at hand are those of this body alone.
  const alone = inline ? { ...version, body: { at: "inline", offset: 0, octets: inline.length } as const } : version;
  const { pieces } = await gather(alone, { zone, bodies: inline ?? new Uint8Array(0), getBlob }, AT_ONCE);
  return textOf(alone, pieces, zone);
}

/**
 * Makes an image of a version's text. `now`: seconds since 1970. Throws BodyError for a text that this release of
 * zonecast does not take.
 */
export function imageOf(zone: string, number: number, text: Uint8Array, now: number): Zone {
  const source = { file: `${zone} version ${number}`, bytes: text };
  const include = () => "$INCLUDE is in no text of a store";
  const { image, problems, errors } = loadZone(source, { apex: absoluteName(zone), include, now });
  if (image) return new Zone(image);
  const first = problems.find(({ severity }) => severity === "error");
  const said = first ? `: ${problemToText(first)}` : "";
  throw new BodyError(`this zonecast does not take ${source.file}: it has ${errorsToText(errors)}${said}`);
}
