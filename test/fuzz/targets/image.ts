/**
 * A compiled zone's file on disk, with octets that are not as they were written: it is taken whole and right, or not at
 * all. The first octet says whether checksums are made to fit, as a writer with a fault of his own would have them.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type Account, HEAD, headOf } from "../../../src/server/imagefile.ts";
import { identityOf, nameOf } from "../../../src/server/imagefolder.ts";
import { ImageStore } from "../../../src/server/imagestore.ts";
import { Zone } from "../../../src/zone/image.ts";
import { zoneFromFile } from "../../support/server.ts";
import { oddly } from "../engine/json.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 12_000;
const ZONE = { zone: "wildcard.example." };
const DIGEST = "a".repeat(64);
const COMPILER = "fuzz";
const NOW = 1000;
const FITTING = 1;

export function open(): Target {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-fuzz-"));
  const path = join(folder, nameOf(ZONE));
  const store = new ImageStore(folder, COMPILER, [nameOf(ZONE)]);
  const image = Uint8Array.from(new Uint8Array(zoneFromFile("zones/wildcard.example.zone").zone.buffer));
  const account: Account = {
    ...{ job: identityOf(ZONE), compiler: COMPILER, apex: Buffer.from(apexOf(image)).toString("hex") },
    ...{ sources: [{ file: "x", digest: DIGEST }], holds: { from: 0, until: 2000 }, problems: [] },
  };
  const file = Buffer.concat([headOf(account, image), image]);
  return {
    name: "image",
    most: MOST,
    seeds: [0, FITTING].map((how) => Uint8Array.of(how, ...file)),
    words: ["ZCIF", "[]", "{}", "null", '"', ":", ",", '"until":1e999'].map(octetsOf),
    make: (random) => {
      const odd = oddly(random, account) as Account;
      return Uint8Array.of(FITTING, ...Buffer.concat([headOf(odd, image), image]));
    },
    check: (input) => {
      const octets = input.slice(1);
      if (input[0] === FITTING) makeFit(octets);
      writeFileSync(path, octets, { mode: 0o600 });
      const taken = store.takeText(ZONE.zone, DIGEST, NOW);
      must(taken !== undefined, "nothing is told of a file that is there");
      if ("why" in taken && taken.why !== undefined) return;
      must("image" in taken && taken.image !== undefined, "neither an image nor a reason");
      if (input[0] === FITTING) return;
      must(Buffer.compare(new Uint8Array(taken.image), image) === 0, "an image that was changed is taken");
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

function apexOf(image: Uint8Array): Uint8Array {
  const shared = new SharedArrayBuffer(image.length);
  new Uint8Array(shared).set(image);
  return new Zone(shared).apex;
}

/** Makes the checksums and lengths of a head those of what follows it. */
function makeFit(octets: Uint8Array): void {
  if (octets.length < HEAD) return;
  const words = new Uint32Array(octets.buffer, 0, HEAD / 4);
  const account = Math.min(words[3], octets.length - HEAD);
  words[3] = account;
  words[4] = octets.length - HEAD - account;
  words[5] = crc32(octets.subarray(HEAD, HEAD + account));
  words[6] = crc32(octets.subarray(HEAD + account));
  words[7] = crc32(octets.subarray(0, 28));
}
