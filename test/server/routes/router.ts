/** A router that a POP announces to, for tests of the whole program: it keeps a table of prefixes, and what happened. */

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach } from "vitest";
import { keepalive, MessageType } from "../../../src/anycast/bgp/message.ts";
import { communication, readNotification } from "../../../src/anycast/bgp/notification.ts";
import { openOctets } from "../../../src/anycast/bgp/open.ts";
import { readUpdate } from "../../../src/anycast/bgp/reach.ts";
import { MessageStream } from "../../../src/anycast/bgp/stream.ts";
import { type Prefix, prefixFromText } from "../../../src/text/prefix.ts";
import { freePort } from "../../transport/port.ts";

const GRACEFUL_SHUTDOWN = Buffer.from([0xff, 0xff, 0, 0]);
const routers: Router[] = [];

afterEach(() => {
  for (const router of routers.splice(0)) router.close();
});

export class Router {
  readonly port: number;
  /** Prefix → "up", or "draining" when the announcement bears graceful shutdown (RFC 8326). */
  readonly table = new Map<string, string>();
  /** "198.51.100.0/24 up", "198.51.100.0/24 off", "end: …" in order. */
  readonly story: string[] = [];
  readonly #as: number;
  readonly #own: readonly Prefix[];
  readonly #server: Server;
  #socket: Socket | undefined;

  private constructor(port: number, as: number, prefixes: readonly string[]) {
    this.port = port;
    this.#as = as;
    this.#own = prefixes.map((text) => prefixFromText(text) as Prefix);
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** One that knows these prefixes, with a free port on 127.0.0.1. */
  static async start(prefixes: readonly string[], as = 64500): Promise<Router> {
    const router = new Router(await freePort(), as, prefixes);
    router.#server.listen(router.port, "127.0.0.1");
    await once(router.#server, "listening");
    routers.push(router);
    return router;
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    const stream = new MessageStream();
    const facts = { hold: 90, id: "192.0.2.1", families: [4, 6], fourOctetAs: true, routeRefresh: false } as const;
    socket.write(openOctets({ as: this.#as, ...facts }));
    const beat = setInterval(() => socket.write(keepalive()), 500);
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(beat);
      this.story.push("closed");
      this.table.clear();
    });
    socket.on("data", (chunk) => {
      stream.take(chunk, ({ type, body }) => {
        if (type === MessageType.Open) socket.write(keepalive());
        else if (type === MessageType.Notification) this.story.push(`end: ${communication(readNotification(body))}`);
        else if (type === MessageType.Update) this.#update(body);
        return true;
      });
    });
  }

  #update(body: Uint8Array): void {
    const reach = readUpdate(body, this.#own);
    if (!("announced" in reach)) throw new Error("an UPDATE that does not fit together");
    for (const { text } of reach.withdrawn) {
      this.table.delete(text);
      this.story.push(`${text} off`);
    }
    const level = Buffer.from(body).includes(GRACEFUL_SHUTDOWN) ? "draining" : "up";
    for (const { text } of reach.announced) {
      this.table.set(text, level);
      this.story.push(`${text} ${level}`);
    }
  }
}
