/** The real responder with one zone, for transports. */

import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import { type Respond, responder } from "../../src/answer/respond.ts";
import { nameFromText } from "../../src/text/name.ts";
import { Zone } from "../../src/zone/image.ts";
import { loadZone } from "../../src/zone/load.ts";

/** A zone with a small TXT at "a" and one of about 5,000 octets at its apex. */
function zoneText(): string {
  const large = Array.from({ length: 25 }, (_, i) => `@ TXT "${String(i).padStart(200, "x")}"`);
  return [
    "$TTL 60",
    "@ SOA ns hostmaster 1 60 60 60 60",
    "@ NS ns",
    "ns A 192.0.2.1",
    'a TXT "small"',
    ...large,
    "",
  ].join("\n");
}

/** A responder for the zone with that name. */
export function responderFor(name: string, payload: number): Respond {
  const apex = nameFromText(`${name}.`);
  const source = { file: name, bytes: Buffer.from(zoneText()) };
  const { image, problems } = loadZone(source, { apex, include: () => "no $INCLUDE here", now: 0 });
  if (!image) throw new Error(problems.map(({ message }) => message).join("\n"));
  const catalogue = new Catalogue();
  catalogue.set(apex, new Zone(image));
  catalogue.complete = true;
  const settings = { payload, identity: Buffer.from("test1"), cookies: undefined, idle: 10 };
  return responder(catalogue, new Chaos("test1", undefined), settings);
}
