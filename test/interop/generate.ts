import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addAliases, addDelegations, addTypes, addWildcards } from "./families.ts";
import { type Random, seeded } from "./random.ts";
import { type SignMode, sign } from "./sign.ts";
import { type ZoneBuilder, zoneBuilder } from "./zonebuilder.ts";

/** A zone written for a test run. */
export type GeneratedZone = { origin: string; file: string; text: string };

/** How the signed copies are signed. */
const signModes: readonly SignMode[] = [
  { name: "nsec", args: [] },
  { name: "nsec3", args: ["-3", "-", "-H", "0"] },
  { name: "optout", args: ["-3", "-", "-H", "0", "-A"] },
  { name: "salted", args: ["-3", "aabbccdd", "-H", "5"] },
  { name: "saltedout", args: ["-3", "0102", "-H", "5", "-A"] },
];

/** Random zones of every family, the same for the same seed. Signed ones only when asked for. */
export async function generateZones(dir: string, seed: number, signed: boolean): Promise<GeneratedZone[]> {
  const random = seeded(seed);
  await mkdir(dir, { recursive: true });
  const zones = [...unsignedZones(random)].map((zone) => ({ origin: zone.origin, text: zone.text() }));
  const result = await Promise.all(zones.map(async ({ origin, text }) => write(dir, origin, text)));
  if (signed) {
    for (const mode of signModes) result.push(await signedZone(dir, mode, random));
  }
  return result;
}

function* unsignedZones(random: Random): Generator<ZoneBuilder> {
  for (const origin of ["wild1.gen.test", "wild2.gen.test", "wild3.gen.test"]) {
    yield build(origin, random, (zone) => addWildcards(zone, random));
  }
  for (const origin of ["cuts1.gen.test", "cuts2.gen.test"]) {
    yield build(origin, random, (zone) => addDelegations(zone, random));
  }
  yield build("mixed.gen.test", random, (zone) => {
    addWildcards(zone, random);
    addDelegations(zone, random);
  });
  yield build("alias1.gen.test", random, (zone) => addAliases(zone, random, "alias2.gen.test"));
  yield build("alias2.gen.test", random, (zone) => addAliases(zone, random, "alias1.gen.test"));
  yield build("types.gen.test", random, addTypes);
  yield* family(random);
}

/** A parent, its child and a grandchild two labels further down, all served together. */
function* family(random: Random): Generator<ZoneBuilder> {
  yield build("kin.test", random, (zone) => {
    addWildcards(zone, random);
    addDelegations(zone, random);
    delegate(zone, "child");
    zone.add("child", "DS", `4711 13 2 ${"cd".repeat(32)}`);
    zone.add("tochild", "CNAME", "a.child.kin.test.");
    zone.add("tree", "DNAME", "child.kin.test.");
  });
  yield build("child.kin.test", random, (zone) => {
    addWildcards(zone, random);
    delegate(zone, "far.grand");
    zone.add("toparent", "CNAME", "a.kin.test.");
  });
  yield build("far.grand.child.kin.test", random, (zone) => addWildcards(zone, random));
}

function delegate(zone: ZoneBuilder, child: string): void {
  for (const server of ["ns1", "ns2"]) {
    zone.add(child, "NS", zone.absolute(`${server}.${child}`));
    zone.add(`${server}.${child}`, "A", "192.0.2.1");
  }
}

function build(origin: string, random: Random, fill: (zone: ZoneBuilder) => void): ZoneBuilder {
  const zone = zoneBuilder(origin, random);
  fill(zone);
  return zone;
}

async function write(dir: string, origin: string, text: string): Promise<GeneratedZone> {
  const file = join(dir, `${origin}.zone`);
  await writeFile(file, text);
  return { origin, file, text };
}

async function signedZone(dir: string, mode: SignMode, random: Random): Promise<GeneratedZone> {
  const origin = `${mode.name}.signed.test`;
  const zone = build(origin, random, (each) => {
    addWildcards(each, random);
    addDelegations(each, random);
    each.add("tree", "DNAME", each.absolute("a"));
  });
  return write(dir, origin, await sign(origin, zone.text(), mode));
}
