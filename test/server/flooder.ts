/**
 * More queries than a server can answer, as a program of its own: ADDRESS PORT SECONDS. It sends all that the system
 * takes, from many ports, so that every thread has its share of them, and reads no reply.
 */

import { BatchRoom } from "../../src/transport/batchroom.ts";
import { AF_INET, MSG_DONTWAIT, openLibc, SOCK_DGRAM_CLOEXEC } from "../../src/transport/libc.ts";
import { sockaddrOf } from "../../src/transport/sockaddr.ts";
import { queryFromText } from "../support/query.ts";

const BATCH = 64;
const PORTS = 32;

const [address = "", port = "", seconds = ""] = process.argv.slice(2);
const libc = await openLibc();
const room = new BatchRoom(BATCH, libc);
const { bytes } = queryFromText("www.a.example. TXT");
const server = sockaddrOf({ address, port: Number(port) });
for (let slot = 0; slot < BATCH; slot++) {
  room.replies[slot]?.set(bytes);
  room.reply(slot, bytes.length);
  room.addresses.set(server, slot * room.addressStride);
}
const sockets = Array.from({ length: PORTS }, () => libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0));
const end = performance.now() + Number(seconds) * 1000;
for (let turn = 0; performance.now() < end; turn++) {
  libc.sendmmsg(sockets[turn % PORTS] as number, room.outgoing[0] as Uint8Array, BATCH, MSG_DONTWAIT);
}
