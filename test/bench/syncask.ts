/** Asks a server for a zone's SOA over UDP, again and again, until it answers with a serial. */

import { createSocket, type Socket } from "node:dgram";
import { decode, encode } from "dns-packet";
import { NotServing } from "./server.ts";

/** From so many ports: the kernel gives each port to one of the server's threads, and all of them must know. */
const PORTS = 4;
/** Until a question without an answer is asked again. */
const LOST_MS = 100;

/** How somebody asks. */
export interface Patience {
  /** Milliseconds between an answer with an old serial and the next question. */
  readonly every: number;
  /** Milliseconds until it is given up. */
  readonly most: number;
}

export class SerialAsker {
  readonly #sockets: readonly Socket[];
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#sockets = Array.from({ length: PORTS }, () => createSocket("udp4"));
    // A port that nobody listens on yet.
    for (const socket of this.#sockets) socket.on("error", () => {});
  }

  /**
   * performance.now() when each port has been answered with this serial, or a later one. Rejects with NotServing when
   * patience has ended.
   */
  async until(zone: string, serial: number, patience: Patience): Promise<number> {
    const query = encode({ type: "query", id: 1, questions: [{ type: "SOA", name: zone.replace(/\.$/, "") }] });
    await Promise.all(this.#sockets.map((socket) => this.#one(socket, query, { zone, serial, patience })));
    return performance.now();
  }

  #one(
    socket: Socket,
    query: Buffer,
    { zone, serial, patience }: { readonly zone: string; readonly serial: number; readonly patience: Patience },
  ): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let last: number | string = "nothing";
      const ask = () => {
        clearTimeout(timer);
        timer = setTimeout(ask, LOST_MS);
        socket.send(query, this.#port, "127.0.0.1");
      };
      const end = () => {
        clearTimeout(timer);
        clearTimeout(deadline);
        socket.off("message", take);
      };
      const take = (reply: Buffer) => {
        last = serialIn(reply, zone) ?? "no SOA of the zone";
        if (typeof last !== "number" || last < serial) {
          clearTimeout(timer);
          timer = setTimeout(ask, patience.every);
          return;
        }
        end();
        resolve();
      };
      const deadline = setTimeout(() => {
        end();
        reject(new NotServing(`${zone} has not got to serial ${serial} in ${patience.most / 1000} s: last ${last}`));
      }, patience.most);
      socket.on("message", take);
      ask();
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

function serialIn(reply: Buffer, zone: string): number | undefined {
  for (const answer of decode(reply).answers ?? []) {
    if (answer.type === "SOA" && `${answer.name}.` === zone) return answer.data.serial;
  }
  return undefined;
}
