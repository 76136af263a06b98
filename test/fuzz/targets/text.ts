/**
 * Small texts of configurations, flags and zones: addresses, prefixes, names, durations. What is taken comes out as a text
 * that is taken for the same; what is not is refused in the way that each has for it, and quickly.
 */

import { isIP } from "node:net";
import { secondsFrom } from "../../../src/cli/duration.ts";
import { isPublicKey } from "../../../src/sync/manifest/keys.ts";
import { popKey, popOfKey, zoneKey, zoneOfKey } from "../../../src/sync/store/zonekey.ts";
import { TextError } from "../../../src/text/error.ts";
import { addressOctets } from "../../../src/text/ipaddress.ts";
import { listenFromText, listenToText } from "../../../src/text/listen.ts";
import { nameFromText, nameToText } from "../../../src/text/name.ts";
import { covers, prefixFromText } from "../../../src/text/prefix.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const SEEDS = [
  ...[
    "192.0.2.1",
    "2001:db8::1",
    "::ffff:192.0.2.1",
    "fe80::1%eth0",
    "::",
    "0.0.0.0",
    "1.2.3",
    "1::2::3",
    "[::1]@53",
    "192.0.2.1@5300",
  ],
  ...["198.51.100.0/24", "2001:db8::/32", "0.0.0.0/0", "::/0", "10.0.0.1/8", "192.0.2.0/33", "1.1.1.1/032"],
  ...[
    "www.example.",
    "a\\.b.example.",
    "\\000\\255.",
    ".",
    "..",
    "a..b",
    "*.x",
    "x".repeat(64),
    `${"a.".repeat(127)}`,
    "\\256",
  ],
  ...["90s", "30m", "1d", "0s", "999999h", "pop-1.lhr", "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
];

export function open(): Target {
  return {
    name: "text",
    most: 300,
    seeds: SEEDS.map(octetsOf),
    words: [
      ".",
      "..",
      "\\",
      "\\0",
      "\\09",
      "::",
      ":",
      "/",
      "@",
      "%",
      "0x",
      "-",
      "1e9",
      " ",
      "256",
      "65536",
      "ffff",
    ].map(octetsOf),
    check: (input) => {
      const text = Buffer.from(input).toString("latin1");
      addresses(text);
      prefixes(text);
      names(text);
      must(popOfKey(popKey(text)) === text || text === "", "a POP's key is another one's");
      must((secondsFrom(text) ?? 1) > 0, "a time that is none");
      isPublicKey(text);
    },
  };
}

function addresses(text: string): void {
  const listen = listenFromText(text);
  if (listen === undefined) return;
  const again = listenFromText(listenToText(listen));
  must(
    again?.address === listen.address && again.port === listen.port,
    `${text} is ${listenToText(listen)}, and that is not`,
  );
  const octets = addressOctets(listen.address);
  must(octets.length === (isIP(listen.address) === 6 ? 16 : 4), `${octets.length} octets of an address`);
}

function prefixes(text: string): void {
  const prefix = prefixFromText(text);
  if (prefix === undefined) return;
  must(prefixFromText(prefix.text)?.text === prefix.text, `${text} is ${prefix.text}, and that is not`);
  must(covers(prefix, prefix), `${prefix.text} does not cover itself`);
}

function names(text: string): void {
  let wire: Uint8Array;
  try {
    wire = nameFromText(text);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    return;
  }
  const written = nameToText(wire);
  must(Buffer.compare(nameFromText(written), wire) === 0, `${text} is ${written}, and that is not`);
  // Zones are in lower case (Entry.zone).
  const zone = written.toLowerCase();
  must(zoneOfKey(zoneKey(zone)) === zone, `the key of ${zone} is another one's`);
}
