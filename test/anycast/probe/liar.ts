/** A server for probes to be deceived by: it answers over UDP and TCP whatever the test says. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { decode, encode, type Packet } from "dns-packet";
import { afterEach } from "vitest";
import { freePort } from "../../transport/port.ts";

export interface Query {
  readonly octets: Buffer;
  readonly id: number;
  /** "company.example SOA". */
  readonly text: string;
}

export interface Lie {
  readonly rcode?: string;
  readonly aa?: boolean;
  readonly tc?: boolean;
  readonly nsid?: string | null;
  readonly id?: number;
  readonly answers?: Packet["answers"];
  /** What the question section says instead. */
  readonly question?: string;
}

export interface Liar {
  readonly address: string;
  readonly port: number;
  /** What came, in order. */
  readonly asked: string[];
}

export const NAME = "lhr1";
const RCODES: Readonly<Record<string, number>> = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What an honest one would say: a zone "company.example" with serial 7. */
export function honest({ text }: Query): Lie {
  const [name] = text.split(" ");
  if (text === "id.server TXT") return { answers: [{ type: "TXT", name, class: "CH", data: NAME }] };
  if (text === "company.example SOA") return { answers: [soa(name, 7)] };
  if (text === "www.company.example A") return { answers: [{ type: "A", name, data: "192.0.2.1" }] };
  if (text === "nowhere.company.example A") return { rcode: "NXDOMAIN" };
  return { rcode: "REFUSED", aa: false };
}

export function soa(name: string, serial: number): NonNullable<Packet["answers"]>[number] {
  const times = { refresh: 1, retry: 1, expire: 1, minimum: 1 };
  return { type: "SOA", name, data: { mname: "ns", rname: "h", serial, ...times } };
}

/** Octets of a reply. */
export function replyTo({ octets, id }: Query, lie: Lie): Buffer {
  const { questions = [] } = decode(octets);
  const { rcode = "NOERROR", aa = true, tc = false, nsid = NAME, answers = [], question } = lie;
  const option = { code: 3, data: Buffer.from(nsid ?? "") };
  const opt = { type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options: nsid === null ? [] : [option] };
  const asked = question === undefined ? questions : [{ ...questions[0], name: question }];
  const flags = (aa ? 0x400 : 0) | (tc ? 0x200 : 0) | RCODES[rcode];
  const packet = { type: "response", id: lie.id ?? id, flags, questions: asked, answers, additionals: [opt] };
  return encode(packet as unknown as Packet);
}

/** `say` gives what is sent for a query, now or later: any number of messages. */
export async function liar(
  say: (query: Query, protocol: "udp" | "tcp", send: (octets: Buffer) => void) => void,
): Promise<Liar> {
  const address = "127.0.0.1";
  const port = await freePort();
  const asked: string[] = [];
  const heard = (octets: Buffer): Query => {
    const { id = 0, questions = [] } = decode(octets);
    const text = `${questions[0]?.name} ${questions[0]?.type}`;
    asked.push(text);
    return { octets, id, text };
  };
  let open = true;
  const udp = createSocket("udp4");
  udp.on("message", (octets, from) => {
    say(heard(octets), "udp", (reply) => {
      if (open) udp.send(reply, from.port, from.address);
    });
  });
  udp.bind(port, address);
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    let have = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      have = Buffer.concat([have, chunk]);
      while (have.length > 2 && have.length >= 2 + have.readUInt16BE(0)) {
        const end = 2 + have.readUInt16BE(0);
        const octets = have.subarray(2, end);
        have = have.subarray(end);
        say(heard(octets), "tcp", (reply) => {
          if (reply.length === 0) socket.destroy();
          else if (!socket.destroyed)
            socket.write(Buffer.concat([Buffer.of(reply.length >>> 8, reply.length & 0xff), reply]));
        });
      }
    });
  });
  tcp.listen(port, address);
  await Promise.all([once(udp, "listening"), once(tcp, "listening")]);
  closing.push(() => {
    open = false;
    udp.close();
    tcp.close();
    for (const socket of sockets) socket.destroy();
  });
  return { address, port, asked };
}
