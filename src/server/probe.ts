/** Asks a server who it is, through real sockets: the proof that it answers before it is called ready. */

import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { decode, encode, type Packet, streamEncode } from "dns-packet";
import type { Listen } from "../text/listen.ts";

const TIMEOUT_MS = 2000;

/** The identity that id.server gives at an address; rejects with an Error when there is no answer in two seconds. */
export async function askIdentity(listen: Listen, protocol: "udp" | "tcp"): Promise<string> {
  const id = Math.floor(Math.random() * 65536);
  const query: Packet = { type: "query", id, questions: [{ type: "TXT", class: "CH", name: "id.server" }] };
  const reply = protocol === "udp" ? await overUdp(listen, query) : await overTcp(listen, query);
  const answer = reply.answers?.[0];
  if (reply.id !== id || answer?.type !== "TXT") throw new Error("not the answer to the question");
  return [answer.data].flat().join("");
}

/** A message as an object; undefined for octets that are none. */
function decoded(message: Buffer): Packet | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}

function overUdp(listen: Listen, query: Packet): Promise<Packet> {
  const socket = createSocket(isIPv6(listen.address) ? "udp6" : "udp4");
  return new Promise<Packet>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer in time")), TIMEOUT_MS);
    timer.unref();
    // Anything may come to a port; only an answer to this question counts.
    socket.on("message", (message) => {
      const reply = decoded(message);
      if (reply && reply.id === query.id) resolve(reply);
    });
    socket.once("error", reject);
    socket.send(encode(query), listen.port, listen.address);
  }).finally(() => socket.close());
}

function overTcp(listen: Listen, query: Packet): Promise<Packet> {
  const socket = connect(listen.port, listen.address);
  return new Promise<Packet>((resolve, reject) => {
    let have = Buffer.alloc(0);
    socket.setTimeout(TIMEOUT_MS, () => reject(new Error("no answer in time")));
    socket.on("data", (chunk) => {
      have = Buffer.concat([have, chunk]);
      if (have.length < 2 || have.length < 2 + have.readUInt16BE(0)) return;
      const reply = decoded(have.subarray(2, 2 + have.readUInt16BE(0)));
      if (reply) resolve(reply);
      else reject(new Error("not the answer to the question"));
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
    socket.write(streamEncode(query));
  }).finally(() => socket.destroy());
}
