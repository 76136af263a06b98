import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { generateZones } from "./generate.ts";
import { flatten } from "./zonetext.ts";

/** A zone for a comparison: the file our server reads, the one the peers read, and its text one record to a line. */
export type TestZone = { origin: string; file: string; peerFile: string; flat: string };

const shipped = resolve(import.meta.dirname, "../../zones");

/** The shipped zones and the generated ones, laid out below `dir`. */
export async function prepareZones(dir: string, seed: number): Promise<TestZone[]> {
  const [own, flatDir] = [join(dir, "own"), join(dir, "flat")];
  await Promise.all([mkdir(own), mkdir(flatDir)]);
  const zones = [...(await shippedZones(own)), ...(await generateZones(own, seed, true))];
  return Promise.all(
    zones.map(async ({ origin, file }) => {
      const flat = await flatten(origin, file);
      // Only where a peer lacks a directive: named-compilezone spells some types in a way that Knot does not read.
      if (!(await readFile(file, "utf8")).includes("$GENERATE")) return { origin, file, peerFile: file, flat };
      const peerFile = join(flatDir, `${origin}.zone`);
      await writeFile(peerFile, flat);
      return { origin, file, peerFile, flat };
    }),
  );
}

/** Copies the shipped zones to `dir`. */
export async function shippedZones(dir: string): Promise<{ origin: string; file: string }[]> {
  const files = (await readdir(shipped)).filter((file) => file.endsWith(".zone"));
  return Promise.all(
    files.map(async (name) => {
      const file = join(dir, name);
      await copyFile(join(shipped, name), file);
      return { origin: name.replace(/\.zone$/, ""), file };
    }),
  );
}
