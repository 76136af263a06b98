/** The serial of a zone's next version: the policy's, but that a signed SOA keeps the one that it was signed with. */

import type { Zone } from "../../zone/image.ts";
import { newSerial, type SerialPolicy } from "../../zone/newserial.ts";
import { soaIsSigned } from "../../zone/text.ts";
import type { Objection } from "./guards.ts";

export interface SerialWish {
  readonly image: Zone;
  /** What it must be above (RFC 1982); undefined for a new zone. */
  readonly above: number | undefined;
  readonly policy: SerialPolicy;
  readonly at: Date;
}

/** The serial, and what is against it: then it is the file's own, for those who insist. */
export function serialFor({ image, above, policy, at }: SerialWish): {
  readonly serial: number;
  readonly objection: Objection | undefined;
} {
  const signed = soaIsSigned(image);
  const given = newSerial(signed ? "keep" : policy, image.serial, above, at);
  if ("serial" in given) return { serial: given.serial, objection: undefined };
  const found = signed ? signedText(image.serial, above) : given.why;
  return { serial: image.serial, objection: { guard: "serial-backwards", found } };
}

function signedText(serial: number, above: number | undefined): string {
  return `serial ${serial} is not above ${above}, which is live (RFC 1982), and the SOA is signed, so that another one can't be put in its place: sign the zone again with a higher serial`;
}
