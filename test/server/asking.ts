/** Asks a server over UDP for TXT and says in a word what came back. */

import { createSocket, type Socket } from "node:dgram";
import { decode, encode, type Packet } from "dns-packet";

/** The TXT's text; or "NXDOMAIN", "SERVFAIL 24" (with the extended error code), "REFUSED 20", "NOERROR", "nothing". */
export type Outcome = string;

/** An answer that takes longer than this counts as none. */
const PATIENCE_MS = 3000;

/** A query for TXT in class IN, with EDNS. */
export function txtQuery(id: number, name: string): Buffer {
  const opt = { type: "OPT" as const, name: "." as const, udpPayloadSize: 1232, flags: 0, options: [] };
  const packet = { type: "query", id, questions: [{ type: "TXT", name }], additionals: [opt] };
  return encode(packet as unknown as Packet);
}

/** What a reply says. */
export function outcomeOf(octets: Buffer): Outcome {
  const { rcode, answers = [], additionals = [] } = decode(octets) as unknown as Packet & { rcode: string };
  const txt = answers.find(({ type }) => type === "TXT");
  if (txt?.type === "TXT") return [txt.data].flat().join("");
  const opt = additionals.find(({ type }) => type === "OPT");
  const error = opt?.type === "OPT" ? opt.options.find(({ code }) => Number(code) === 15) : undefined;
  const data = error === undefined ? undefined : (error as unknown as { data: Buffer }).data;
  return data === undefined ? rcode : `${rcode} ${data.readUInt16BE(0)}`;
}

/** Asks once. */
export async function ask(port: number, name: string): Promise<Outcome> {
  const socket = createSocket("udp4");
  try {
    return await askFrom(socket, port, name);
  } finally {
    socket.close();
  }
}

function askFrom(socket: Socket, port: number, name: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("nothing"), PATIENCE_MS);
    const done = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    socket.on("message", (octets) => done(outcomeOf(octets)));
    // A port that nobody has: the kernel says so.
    socket.on("error", () => done("nothing"));
    socket.send(txtQuery(1, name), port, "127.0.0.1");
  });
}

/** Asks again and again, from one socket, until told to stop; keeps each outcome in the order of the questions. */
export function keepAsking(
  port: number,
  name: string,
  perSecond: number,
): { stop(): Promise<(Outcome | undefined)[]> } {
  const socket = createSocket("udp4");
  const outcomes: (Outcome | undefined)[] = [];
  socket.on("message", (octets) => {
    outcomes[octets.readUInt16BE(0)] = outcomeOf(octets);
  });
  socket.on("error", () => {});
  const started = performance.now();
  const timer = setInterval(() => {
    // A late timer catches up, a little at a time: a burst is lost in the kernel, not by the server.
    const due = Math.min(((performance.now() - started) / 1000) * perSecond, outcomes.length + 40, 65_535);
    while (outcomes.length < due) {
      socket.send(txtQuery(outcomes.length, name), port, "127.0.0.1");
      outcomes.push(undefined);
    }
  }, 2);
  return {
    async stop() {
      clearInterval(timer);
      const deadline = performance.now() + PATIENCE_MS;
      while (outcomes.includes(undefined) && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      socket.close();
      return outcomes;
    },
  };
}
