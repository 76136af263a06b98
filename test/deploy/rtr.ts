/**
 * A validator's cache for routers (RFC 8210), which says what its arguments say: PREFIX-LENGTH=AS, each with maxLength its
 * own length. On 127.0.0.1, port 3323, until it is ended.
 */

import { createServer } from "node:net";
import { prefixFromText } from "../../src/text/prefix.ts";

const [RESET_QUERY, CACHE_RESPONSE, IPV4, IPV6, END_OF_DATA, CACHE_RESET] = [2, 3, 4, 6, 7, 8];
const SESSION = 7;

function pdu(version: number, type: number, session: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(version, 0);
  head.writeUInt8(type, 1);
  head.writeUInt16BE(session, 2);
  head.writeUInt32BE(8 + body.length, 4);
  return Buffer.concat([head, body]);
}

function prefixPdu(version: number, [text, as]: string[]): Buffer {
  const prefix = prefixFromText(text);
  if (!prefix) throw new Error(`no prefix: ${text}`);
  const { octets, length, family } = prefix;
  const origin = Buffer.alloc(4);
  origin.writeUInt32BE(Number(as));
  // Flags: 1 is an announcement. Then the length, the longest one, and a zero.
  return pdu(
    version,
    family === 4 ? IPV4 : IPV6,
    0,
    Buffer.concat([Buffer.from([1, length, length, 0]), octets, origin]),
  );
}

function endOfData(version: number): Buffer {
  // Serial; from version 1 on: refresh, retry, expire.
  const numbers = version === 0 ? [1] : [1, 3600, 600, 7200];
  const body = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, i) => {
    body.writeUInt32BE(number, i * 4);
  });
  return pdu(version, END_OF_DATA, SESSION, body);
}

const roas = process.argv.slice(2).map((one) => one.split("="));
const server = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (query) => {
    const [version, type] = query;
    if (type !== RESET_QUERY) return socket.write(pdu(version, CACHE_RESET, 0, Buffer.alloc(0)));
    socket.write(pdu(version, CACHE_RESPONSE, SESSION, Buffer.alloc(0)));
    for (const roa of roas) socket.write(prefixPdu(version, roa));
    return socket.write(endOfData(version));
  });
});
server.listen(3323, "127.0.0.1", () => process.stdout.write("listening\n"));
