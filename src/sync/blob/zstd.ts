/** Compression of texts (Zstandard, RFC 8878), with bounds on what comes out. */

import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** A window of 8 MB, RFC 8878 §3.1.1.1.2's least for every decoder: a frame that asks for more memory is refused. */
const WINDOW_LOG = 23;

/** Compresses a text in one frame that says how long it is. */
export function compress(text: Uint8Array, level: number): Uint8Array {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_windowLog]: WINDOW_LOG };
  return zstdCompressSync(text, { pledgedSrcSize: text.length, params });
}

/** The text; undefined when these octets are damaged, or would be more than `most` octets of it. */
export function decompress(octets: Uint8Array, most: number): Uint8Array | undefined {
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG };
  try {
    // A chunk comes out in one piece.
    const chunkSize = Math.max(64, Math.min(most, 512 << 10));
    return zstdDecompressSync(octets, { maxOutputLength: Math.max(1, most), chunkSize, params });
  } catch {
    return undefined;
  }
}
