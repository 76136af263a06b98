/** The floor to measure against: a bare node:dgram echo, which only turns a query into a reply by one bit. */

import { createSocket } from "node:dgram";

const socket = createSocket("udp4");
socket.on("message", (message, from) => {
  message[2] |= 0x80;
  socket.send(message, from.port, from.address);
});
socket.bind(Number(process.argv[2]), "127.0.0.1");
