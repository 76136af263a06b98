/** A link while this process has very much else to do. The neighbour is on a real socket, and says what it must. */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Link } from "../../../src/anycast/bgp/link.ts";
import { keepalive, MessageType } from "../../../src/anycast/bgp/message.ts";
import { openOctets } from "../../../src/anycast/bgp/open.ts";
import { MessageStream } from "../../../src/anycast/bgp/stream.ts";
import type { Terms } from "../../../src/anycast/bgp/why.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const TERMS: Terms = {
  ...{ name: "127.0.0.1@1790", as: 64500, peerAs: 64500, routerId: "192.0.2.1", hold: 3, families: [4] },
  ...{ own: [], secured: false, patience: 1000 },
};

async function listening(each: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    closing.push(() => socket.destroy());
    socket.on("error", () => {});
    each(socket);
  });
  closing.push(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { readonly port: number }).port;
}

/** Agrees to what comes, and then says no more than it must. */
function agree(socket: Socket): void {
  const stream = new MessageStream();
  const id = "192.0.2.2";
  socket.on("data", (chunk) => {
    stream.take(chunk, ({ type }) => {
      if (type === MessageType.Open) {
        socket.write(openOctets({ as: 64500, hold: 3, id, families: [4], fourOctetAs: true, routeRefresh: true }));
      }
      if (type === MessageType.Open || type === MessageType.Keepalive) socket.write(keepalive());
      return true;
    });
  });
}

/** Nothing else runs for so long. */
function standStill(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test("a keepalive that is due goes out before anything that has come meanwhile is read", async () => {
  const order: string[] = [];
  const port = await listening(agree);
  const other = await listening((socket) => socket.on("data", () => order.push("read")));
  const busy = connect(other, "127.0.0.1");
  closing.push(() => busy.destroy());
  await once(busy, "connect");
  const dial = () => {
    const socket = connect(port, "127.0.0.1");
    const write = socket.write.bind(socket);
    socket.write = ((octets: Uint8Array) => {
      if (octets[18] === MessageType.Keepalive) order.push("keepalive");
      return write(octets);
    }) as typeof socket.write;
    return socket;
  };
  const downs: string[] = [];
  const around = { now: Date.now, monotonic: () => performance.now(), random: () => 0.5, changed() {}, tell() {} };
  const up = Promise.withResolvers<void>();
  const link = new Link(TERMS, dial, around, {
    up: () => up.resolve(),
    down: (why) => downs.push(why),
    ...{ reach() {}, refresh() {} },
  });
  link.start();
  await up.promise;
  order.length = 0;
  busy.write("much to do");
  // The next one is due within a second.
  standStill(1500);
  await expect.poll(() => order).toContain("read");
  expect(order.slice(0, 2)).toEqual(["keepalive", "read"]);
  expect(downs).toEqual([]);
  await link.stop();
});
