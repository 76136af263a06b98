/** A TCP proxy of a test's own on the loopback interface: it can cut connections, refuse them, and stall as half-open ones do. */

import { createServer, type Server, type Socket, connect as tcpConnect } from "node:net";

export class NatsProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #stalled = false;
  #refusing = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Begins to pass connections on to a port of 127.0.0.1. */
  static async to(port: number): Promise<NatsProxy> {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const proxy = new NatsProxy(server, typeof address === "object" && address !== null ? address.port : 0);
    server.on("connection", (near) => proxy.#pass(near, port));
    return proxy;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Breaks all connections; the next ones pass. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    this.#pairs.clear();
  }

  /** Breaks all connections, and those to come, until it passes them on again. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  /** Nothing gets through any more, and nobody is told: what a router that died does. New connections fare the same. */
  stall(): void {
    this.#stalled = true;
    this.stallThese();
  }

  /** The same, but new connections pass: what a firewall that forgot its state does. */
  stallThese(): void {
    for (const [near, far] of this.#pairs) {
      near.pause();
      far.pause();
    }
  }

  /** New connections pass again; stalled ones stay as they are. */
  heal(): void {
    this.#stalled = false;
    this.#refusing = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(near: Socket, port: number): void {
    if (this.#refusing) {
      near.destroy();
      return;
    }
    const far = tcpConnect(port, "127.0.0.1");
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      // Not pipe(): it would go on reading when the other side drains.
      from.on("data", (octets) => {
        if (!to.destroyed) to.write(octets);
      });
      from.on("error", () => {});
      from.on("close", () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    if (this.#stalled) far.pause();
    else near.resume();
  }
}
