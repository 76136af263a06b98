/** Query files for the load generator (struct query in load.h): each query with the class of reply it must get. */

import { closeSync, openSync, writeSync } from "node:fs";
import { DNSSEC_OK, encode, type RecordType } from "dns-packet";

/** The class of a reply: its rcode, and whether the answer and authority sections hold something. */
export interface Expected {
  readonly rcode: number;
  readonly sections: number;
}

export interface Asked {
  readonly name: string;
  readonly type: RecordType;
  readonly edns?: "plain" | "DO";
  readonly expect: Expected;
}

/** Answer and authority section: 0 empty, 1 not empty, 2 either. */
const sections = (answer: 0 | 1 | 2, authority: 0 | 1 | 2) => answer | (authority << 2);

/** An answer; whether the zone's NS stand beside it is the server's choice. */
export const HIT: Expected = { rcode: 0, sections: sections(1, 2) };
export const NODATA: Expected = { rcode: 0, sections: sections(0, 1) };
export const REFERRAL: Expected = NODATA;
export const NXDOMAIN: Expected = { rcode: 3, sections: sections(0, 1) };
/** Any reply with the query's id and question. */
export const ANY: Expected = { rcode: 0xff, sections: sections(2, 2) };

/** As the servers' own limits: what passes any path whole. */
const PAYLOAD = 1232;
const CHUNK = 4 << 20;

/** Writes a query file. */
export function writeQueries(path: string, queries: Iterable<Asked>): void {
  const file = openSync(path, "w");
  const room = Buffer.alloc(CHUNK + 1024);
  let used = 0;
  for (const asked of queries) {
    const wire = encodeQuery(asked);
    used = room.writeUInt16BE(wire.length, used);
    used = room.writeUInt8(asked.expect.rcode, used);
    used = room.writeUInt8(asked.expect.sections, used);
    used += wire.copy(room, used);
    if (used < CHUNK) continue;
    writeSync(file, room, 0, used);
    used = 0;
  }
  writeSync(file, room, 0, used);
  closeSync(file);
}

function encodeQuery({ name, type, edns }: Asked): Buffer {
  const flags = edns === "DO" ? DNSSEC_OK : 0;
  return encode({
    type: "query",
    id: 0,
    questions: [{ type, name }],
    ...(edns && {
      additionals: [
        {
          type: "OPT",
          name: ".",
          udpPayloadSize: PAYLOAD,
          extendedRcode: 0,
          ednsVersion: 0,
          flags,
          flag_do: false,
          options: [],
        },
      ],
    }),
  });
}
