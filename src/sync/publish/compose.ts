/** Puts a manifest together from versions and their texts, wherever these come from. */

import type { Manifest, Version } from "../manifest/manifest.ts";
import type { Signed } from "../manifest/message.ts";

/** A version with what the manifest's message has of it. */
export interface Content {
  readonly version: Version;
  /** The compressed text; undefined when it is in blobs. */
  readonly inline: Uint8Array | undefined;
}

/** A version of a manifest, to be carried on into the next one; undefined when it has none of that number. */
export function contentOf({ manifest, bodies }: Signed, number: number): Content | undefined {
  const version = manifest.versions.find((one) => one.version === number);
  if (version === undefined) return undefined;
  const { body } = version;
  if (body.at === "blobs") return { version, inline: undefined };
  return { version, inline: bodies.subarray(body.offset, body.offset + body.octets) };
}

/** The manifest of these versions, the newest first; offsets of inline texts are set anew. */
export function compose(rest: Omit<Manifest, "versions">, contents: readonly Content[]): Signed {
  let offset = 0;
  const versions = contents.map(({ version, inline }): Version => {
    if (inline === undefined) return version;
    const body = { at: "inline", offset, octets: inline.length } as const;
    offset += inline.length;
    return { ...version, body };
  });
  const bodies = Buffer.concat(contents.flatMap(({ inline }) => (inline ? [inline] : [])));
  return { manifest: { ...rest, versions }, bodies };
}
