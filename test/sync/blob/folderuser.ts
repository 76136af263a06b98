/**
 * A process that uses a folder of blobs together with others: puts and gets the same blobs again and again, and clears
 * out. Prints how often it was handed something else than the blob that it had asked for.
 */

import { hash } from "node:crypto";
import { BlobFolder } from "../../../src/sync/blob/blobfolder.ts";

const [folder = "", rounds = "0", seed = "0"] = process.argv.slice(2);
const blobs = Array.from({ length: 8 }, (_, i) => Buffer.alloc(20_000 + i, `blob ${i}`));
const digests = blobs.map((octets) => hash("sha256", octets, "hex"));
const mine = new BlobFolder(folder);

let wrong = 0;
for (let round = 0; round < Number(rounds); round++) {
  const i = (round * 3 + Number(seed)) % blobs.length;
  await mine.put(digests[i], blobs[i], round % 2 === 0);
  const got = await mine.get(digests[(i + 1) % blobs.length]);
  if (got !== undefined && hash("sha256", got, "hex") !== digests[(i + 1) % blobs.length]) wrong++;
  if (round % 7 === 0) await mine.keepOnly(new Set(), Date.now() + 1000);
}
console.log(`wrong ${wrong}`);
