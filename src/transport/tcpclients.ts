/** Those who have come to a listener: each with a seat, let in by the entrance where there is one, and answered. */

import type { Socket } from "node:net";
import { type Counters, QUERIES, TCP_COUNTS, TLS_COUNTS, Way } from "../answer/counters.ts";
import type { Respond } from "../answer/respond.ts";
import { unmapped } from "../text/ipaddress.ts";
import type { Listen } from "../text/listen.ts";
import { type Connections, clientPrefix, type Seated } from "./connections.ts";
import { type TcpAnswering, TcpConnection } from "./tcpconnection.ts";
import { type PatienceLimits, TcpPatience } from "./tcppatience.ts";
import { TcpReplies } from "./tcpreplies.ts";

/** What stands between a connection that was accepted and the queries on it: TLS. */
export interface Entrance {
  /** Takes what was accepted from a client's prefix; `begin` is given what is to be read and written instead. */
  pass(accepted: Socket, prefix: string, begin: (socket: Socket) => void): void;
}

/** What all clients of a listener have in common. */
export interface Clientele {
  readonly respond: Respond;
  readonly listen: Listen;
  readonly limits: PatienceLimits;
  readonly connections: Connections;
  readonly counters: Counters;
  readonly entrance: Entrance | undefined;
}

export class TcpClients {
  readonly #connections: Connections;
  readonly #entrance: Entrance | undefined;
  readonly #answering: TcpAnswering;
  readonly #open = new Set<TcpConnection>();
  /** Those that have not got through the entrance. */
  readonly #entering = new Set<Socket>();

  constructor({ respond, listen, limits, connections, counters, entrance }: Clientele) {
    const encrypted = entrance !== undefined;
    const patience = new TcpPatience(limits, this.#open, counters, encrypted ? TLS_COUNTS : TCP_COUNTS);
    this.#connections = connections;
    this.#entrance = entrance;
    this.#answering = { respond, listen, replies: new TcpReplies(encrypted), patience, counters, encrypted };
  }

  /** A number that grows with each connection and each query. */
  get taken(): number {
    const { encrypted, counters } = this.#answering;
    const ways = encrypted ? [Way.TLS4, Way.TLS6] : [Way.TCP4, Way.TCP6];
    return ways.reduce((sum, way) => sum + counters.cells[QUERIES[way]], this.#connections.count);
  }

  /** Takes a connection that was accepted. */
  take(socket: Socket): void {
    const remote = unmapped(socket.remoteAddress ?? "");
    const prefix = clientPrefix(remote);
    // The client has gone already, or is not to have a connection.
    if (prefix === "" || this.#connections.denies(remote)) {
      socket.destroy();
      return;
    }
    const seated = this.#entrance
      ? this.#enter(socket, remote, prefix, this.#entrance)
      : this.#begin(socket, remote, prefix);
    this.#connections.enter(seated);
    socket.on("close", () => this.#connections.leave(seated));
  }

  /** Lets replies on their way go out, and ends the rest. */
  close(): void {
    for (const socket of this.#entering) socket.destroy();
    for (const connection of this.#open) connection.close();
  }

  /** Ends those that are still there. */
  expire(): void {
    for (const connection of this.#open) connection.expire();
  }

  /** To be called when there are none any more. */
  stop(): void {
    this.#answering.patience.stop();
  }

  #begin(socket: Socket, remote: string, prefix: string): TcpConnection {
    const connection = new TcpConnection(socket, remote, prefix, this.#answering);
    this.#open.add(connection);
    socket.on("close", () => this.#open.delete(connection));
    return connection;
  }

  /** It has its seat from the first moment on; as long as it is not through, that is when it was used last. */
  #enter(socket: Socket, remote: string, prefix: string, entrance: Entrance): Seated {
    const { step } = this.#answering.patience;
    let connection: TcpConnection | undefined;
    this.#entering.add(socket);
    socket.on("close", () => this.#entering.delete(socket));
    entrance.pass(socket, prefix, (through) => {
      this.#entering.delete(socket);
      connection = this.#begin(through, remote, prefix);
    });
    return {
      prefix,
      get usedAt() {
        return connection?.usedAt ?? step;
      },
      expire: () => void socket.destroy(),
    };
  }
}
