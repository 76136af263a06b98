/**
 * Digests in hex whose length follows from the octet before them, the digest type: DS (RFC 4034 §5.1), SSHFP
 * (RFC 4255 §3.1), TLSA (RFC 6698 §2.1), ZONEMD (RFC 8976 §2.2). A type that is not known may have any length.
 */

import { TextError } from "../error.ts";
import type { Field } from "../field.ts";
import { hexText, readHexRest } from "./hex.ts";

type LengthByType = ReadonlyMap<number, number>;

const dsLengths: LengthByType = new Map([
  [1, 20],
  [2, 32],
  [3, 32],
  [4, 48],
]);
const sshfpLengths: LengthByType = new Map([
  [1, 20],
  [2, 32],
]);
const tlsaLengths: LengthByType = new Map([
  [1, 32],
  [2, 64],
]);
const zonemdLengths: LengthByType = new Map([
  [1, 48],
  [2, 64],
]);

/** RFC 8976 §2.2.4. */
const ZONEMD_LEAST = 12;

/** What is wrong with a digest in rdata[at, end), or an empty string. */
type Fault = (rdata: Uint8Array, at: number, end: number) => string;

function faultByType(label: string, lengths: LengthByType): Fault {
  return (rdata, at, end) => {
    const length = end - at;
    const right = lengths.get(rdata[at - 1]);
    if (right === undefined) return length > 0 ? "" : `an empty ${label}`;
    return length === right ? "" : `${label} length is ${length}, but type ${rdata[at - 1]} has ${right} octets`;
  };
}

const zonemdFault: Fault = (rdata, at, end) => {
  const length = end - at;
  const right = rdata[at - 2] === 1 ? zonemdLengths.get(rdata[at - 1]) : undefined;
  if (right === undefined)
    return length >= ZONEMD_LEAST ? "" : `digest length is ${length}, under ${ZONEMD_LEAST} octets`;
  return length === right ? "" : `digest length is ${length}, but hash algorithm ${rdata[at - 1]} has ${right} octets`;
};

function digest(label: string, fault: Fault): Field {
  return {
    label,
    read(input, out) {
      input.need(label);
      const { start } = input;
      input.unread();
      const from = out.length;
      readHexRest(input, out, label);
      const wrong = fault(out.bytes, from, out.length);
      if (wrong !== "") throw new TextError(start, wrong);
    },
    print(rdata, at, end, out) {
      if (fault(rdata, at, end) !== "") return -1;
      out.push(hexText(rdata, at, end));
      return end;
    },
  };
}

/** The digest of DS, CDS, DLV and TA; CDS's "0 0 0 00" has the unknown digest type 0 (RFC 8078 §4). */
export const dsDigest: Field = digest("digest", faultByType("digest", dsLengths));

export const sshFingerprint: Field = digest("fingerprint", faultByType("fingerprint", sshfpLengths));

/** The certificate association data of TLSA and SMIMEA. */
export const associationData: Field = digest(
  "certificate association data",
  faultByType("certificate association data", tlsaLengths),
);

export const zoneDigest: Field = digest("digest", zonemdFault);
