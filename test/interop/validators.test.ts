/** Validators as judges: unbound and delv check the signatures and proofs in every kind of answer from signed zones. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, client } from "./ask.ts";
import { decode } from "./decode.ts";
import { startOurs } from "./ours.ts";
import { type PeerName, peerKinds } from "./peerconfig.ts";
import { available, type Served, startPeer } from "./peers.ts";
import { remove } from "./process.ts";
import { type SignMode, sign } from "./sign.ts";
import { type SignedCase, signedCases } from "./signedcases.ts";
import { shippedZones } from "./testzones.ts";
import { type Anchor, anchorOf, delv, startUnbound } from "./validation.ts";
import { flatten, unsigned } from "./zonetext.ts";

/** Copies of nsec.example signed otherwise, so that proofs by NSEC3 without opt-out are judged as well. */
const copies: readonly SignMode[] = [
  { name: "nsec3.strict.example", args: ["-3", "-", "-H", "0"] },
  { name: "salted.strict.example", args: ["-3", "aabbccdd", "-H", "5"] },
];
const origins = ["nsec.example", "nsec3.example", ...copies.map(({ name }) => name)];
const optOut = "nsec3.example";
const ready = available("named-compilezone") && available("dnssec-signzone");

let dir: string;
let ours: Served;
let anchors: Anchor[];

beforeAll(async () => {
  if (!ready) return;
  dir = await mkdtemp(join(tmpdir(), "interop-signed-"));
  const zones = await signedZones(dir);
  anchors = await Promise.all(zones.map(async ({ origin, file }) => anchorOf(origin, await flatten(origin, file))));
  const standIn = (Object.keys(peerKinds) as PeerName[]).find((name) => name === process.env.INTEROP_OURS);
  ours = await (standIn ? startPeer(standIn, zones) : startOurs(zones));
}, 30_000);

afterAll(async () => {
  if (!ready) return;
  await ours.stop();
  await remove(dir);
});

describe.skipIf(!ready || !available("unbound"))("unbound", () => {
  let unbound: Served;
  let resolver: Client;

  beforeAll(async () => {
    unbound = await startUnbound(ours.port, anchors);
    resolver = client(unbound.port, { timeout: 5000, retries: 0 });
  }, 30_000);

  afterAll(async () => {
    resolver.close();
    await unbound.stop();
  });

  for (const [origin, each] of cases()) {
    test(`${origin}: ${each.kind} (${each.name || "@"} ${each.type})`, async () => {
      const question = { name: absolute(origin, each), type: each.type, rd: true, edns: { dnssecOk: true } };
      const message = decode(await resolver.udp(question));
      const context = unbound.log().split("\n").slice(-8).join("\n");
      expect({ rcode: message.rcode, ad: message.flags.includes("ad") }, context).toEqual({
        rcode: each.rcode,
        ad: expectSecure(origin, each),
      });
    });
  }

  test("a record changed after signing is refused", async () => {
    const question = { name: `www.broken.example.`, type: "A", rd: true, edns: { dnssecOk: true } };
    expect(decode(await resolver.udp(question)).rcode).toBe(2);
  });
});

describe.skipIf(!ready || !available("delv"))("delv", () => {
  for (const [origin, each] of cases()) {
    test.concurrent(`${origin}: ${each.kind} (${each.name || "@"} ${each.type})`, async () => {
      const anchor = anchors.find((one) => one.origin === origin)!;
      const verdict = await delv(ours.port, anchor, absolute(origin, each), each.type);
      expect(verdict).toMatch(
        expectSecure(origin, each)
          ? /^; (negative response, )?fully validated/m
          : /^; (negative response, fully validated|fully validated|unsigned answer)/m,
      );
      expect(verdict).not.toMatch(expectSecure(origin, each) ? /^; unsigned answer/m : /resolution failed: (?!ncache)/);
    });
  }
});

function* cases(): Generator<[string, SignedCase]> {
  for (const origin of origins) for (const each of signedCases) yield [origin, each];
}

function absolute(origin: string, { name }: SignedCase): string {
  return name === "" ? `${origin}.` : `${name}.${origin}.`;
}

function expectSecure(origin: string, each: SignedCase): boolean {
  return origin !== optOut || !each.optOutInsecure;
}

async function signedZones(target: string): Promise<{ origin: string; file: string }[]> {
  const shipped = (await shippedZones(target)).filter(({ origin }) => origins.includes(origin));
  const source = shipped.find(({ origin }) => origin === "nsec.example")!;
  const plain = unsigned(await flatten(source.origin, source.file));
  const made = copies.map(async (mode) => {
    const text = await sign(mode.name, plain.replaceAll("nsec.example.", `${mode.name}.`), mode);
    return save(target, mode.name, text);
  });
  const sound = await sign("broken.example", plain.replaceAll("nsec.example.", "broken.example."), {
    name: "broken",
    args: [],
  });
  const broken = sound.replace(/^(www\.broken\.example\.\s.*\sA\s+)192\.0\.2\.80/m, "$1192.0.2.81");
  return [...shipped, ...(await Promise.all(made)), await save(target, "broken.example", broken)];
}

async function save(target: string, origin: string, text: string): Promise<{ origin: string; file: string }> {
  const file = join(target, `${origin}.zone`);
  await writeFile(file, text);
  return { origin, file };
}
