/**
 * Manifests and orders as a store gives them. Octets are refused by an error of their kind, or are what was signed; and
 * what a trusted key has signed, whatever it is, is followed or refused in words. The first octet says which of these.
 */

import { fleetSnapshot } from "../../../src/sync/fleetview/build.ts";
import { keyId, type Signer, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import { isRemoval, type Manifest, newestOf, versionFor } from "../../../src/sync/manifest/manifest.ts";
import { ManifestError, manifestMessage, openManifest, reopenManifest } from "../../../src/sync/manifest/message.ts";
import { ALL, type Order } from "../../../src/sync/orders/order.ts";
import { OrderError, openOrder, orderMessage } from "../../../src/sync/orders/ordermessage.ts";
import { Facts } from "../../sync/fleetview/facts.ts";
import { manifestOf, VERSION } from "../../sync/manifest/manifests.ts";
import { oddly } from "../engine/json.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 4000;
const ZONE = "example.";
const POP = "lhr1";
/** A key for this only: the same in each run, so that cases can be repeated. */
const KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;

const ORDER: Order = {
  ...{ v: 1, pop: POP, id: 7, service: ALL, to: "drain", by: "alice@desk", why: "works", at: 1_780_000_000_000 },
  ...{ until: 1_780_000_600_000, both: false, force: true },
};

function manifests(): Manifest[] {
  const inline = { ...VERSION, version: 9, body: { at: "inline" as const, offset: 0, octets: 4 } };
  const rollout = {
    version: 9,
    from: 8,
    waves: [
      { to: [POP], bake: 5 },
      { to: ["*"], bake: 0 },
    ],
    wave: 0,
    state: "running" as const,
  };
  const targets = [
    { group: POP, version: 9 },
    { group: "*", version: 8 },
  ];
  return [
    manifestOf(),
    manifestOf({
      latest: 9,
      versions: [inline, VERSION],
      targets,
      rollout,
      overrides: [{ guard: "shrink", found: "half" }],
    }),
    manifestOf({ action: "remove", versions: [], targets: [] }),
  ];
}

export function open(): Target {
  const signer = signerFrom(KEY);
  const trust = new Trust([signer.publicKey]);
  const bodies = octetsOf("text");
  const messages = manifests().map((manifest) => manifestMessage({ manifest, bodies }, signer));
  const texts = [...manifests(), ORDER].map((one) => octetsOf(JSON.stringify(one)));
  return {
    name: "signed",
    most: MOST,
    seeds: [
      ...messages.flatMap((message) => [0, 1].map((how) => Uint8Array.of(how, ...message))),
      Uint8Array.of(2, ...orderMessage(ORDER, signer)),
      ...texts.flatMap((text) => [3, 4].map((how) => Uint8Array.of(how, ...text))),
    ],
    words: ["ZCM\x01", "ZCO\x01", keyId(signer.publicKey), "null", "{}", "[]", '"', ",", ":", "1e999"].map(octetsOf),
    make: (random) => {
      const order = random.once(3);
      const odd = oddly(random, order ? ORDER : random.pick(manifests()));
      return Uint8Array.of(order ? 4 : 3, ...octetsOf(JSON.stringify(odd)));
    },
    check: (input) => check(input, signer, trust),
  };
}

function check(input: Uint8Array, signer: Signer, trust: Trust): void {
  const octets = input.slice(1);
  switch ((input[0] ?? 0) % 5) {
    case 0:
      refusedOr(ManifestError, () => follow(openManifest(ZONE, octets, trust).manifest));
      break;
    case 1:
      refusedOr(ManifestError, () => follow(reopenManifest(ZONE, octets).manifest));
      break;
    case 2:
      refusedOr(OrderError, () => void openOrder(POP, octets, trust));
      break;
    case 3: {
      const message = signed("ZCM", "manifest", octets, signer);
      refusedOr(ManifestError, () => follow(openManifest(ZONE, message, trust).manifest));
      break;
    }
    default: {
      const message = signed("ZCO", "order", octets, signer);
      refusedOr(OrderError, () => void new Date(openOrder(POP, message, trust).at).toISOString());
      break;
    }
  }
}

/** The way that whoever takes a manifest goes with it. */
function follow(manifest: Manifest): void {
  const facts = new Facts();
  facts.heads.take({ zone: manifest.zone, revision: 5, manifest, came: Date.parse(manifest.at) });
  facts.hear(POP, 1, { [ZONE]: 8 });
  const { zones } = fleetSnapshot(facts.at(2));
  // One that was removed is shown for as long as some POP may serve it.
  must(zones.length === 1 || (isRemoval(manifest) && zones.length === 0), "a zone too many or too few");
  const version = versionFor(manifest, [POP]);
  must(version === undefined || manifest.versions.includes(version), "a version that is not there");
  if (!isRemoval(manifest)) newestOf(manifest);
}

function refusedOr(kind: typeof ManifestError | typeof OrderError, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    must(!/\p{Cc}/u.test(error.message), `control characters in a sentence: ${JSON.stringify(error.message)}`);
  }
}

/** A message with this text in it and a signature that is right. */
function signed(mark: string, name: string, text: Uint8Array, signer: Signer): Uint8Array {
  const json = Buffer.concat([Buffer.from(`{"key":"${keyId(signer.publicKey)}","${name}":`), text, Buffer.from("}")]);
  const head = Buffer.from(`${mark}\x01\0\0\0\0`, "latin1");
  head.writeUInt32BE(json.length, 4);
  const all = Buffer.concat([head, json]);
  return Uint8Array.from(Buffer.concat([all, signer.sign(all), Buffer.from("text")].slice(0, mark === "ZCM" ? 3 : 2)));
}
