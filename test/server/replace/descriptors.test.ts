/** Connections that go from one process to another, by their descriptors. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openBox, sendDescriptors } from "../../../src/server/replace/descriptors.ts";
import { openConnections } from "../../../src/server/routes/dial.ts";
import { until } from "../../transport/stream.ts";
import { directoryWith } from "../program.ts";

/** A server on loopback, and what it has heard. */
async function listening() {
  const heard = { text: "", ended: false, sockets: [] as Socket[] };
  const server = createServer((socket) => {
    heard.sockets.push(socket);
    socket.on("error", () => {});
    socket.on("end", () => {
      heard.ended = true;
    });
    socket.on("data", (chunk) => {
      heard.text += chunk.toString();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of heard.sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, heard };
}

/** A connection as the speaker dials it. */
async function dialled(port: number) {
  const at = { address: "127.0.0.1", port };
  const { dial, descriptors } = await openConnections([]);
  if (!descriptors) throw new Error("no descriptors here");
  const socket = dial({ at, as: 64500, password: undefined, hops: 0, nextHops: [] });
  await once(socket, "connect");
  return { socket, descriptors };
}

test("a connection goes on in who has it, with all that was not read, when the one who sent it lets go", async () => {
  const { port, heard } = await listening();
  const { socket, descriptors } = await dialled(port);
  let read = "";
  socket.on("data", (chunk: Buffer) => {
    read += chunk.toString();
  });
  await until(() => heard.sockets.length === 1, "the connection");
  heard.sockets[0].write("before ");
  await until(() => read === "before ", "what came before");
  socket.pause();
  heard.sockets[0].write("while it was on its way ");
  const box = await openBox(join(directoryWith(), "box"));
  onTestFinished(() => box.close());
  const descriptor = descriptors.of(socket);
  await sendDescriptors(box.path, [descriptor as number]);
  const [come] = box.take(1);
  expect(come).not.toBe(descriptor);
  socket.destroy();
  await once(socket, "close");
  expect(descriptors.of(socket)).toBeUndefined();
  const other = descriptors.open(come as number);
  onTestFinished(() => {
    other.destroy();
  });
  other.on("data", (chunk: Buffer) => {
    read += chunk.toString();
  });
  other.write("hello from the other");
  heard.sockets[0].write("after");
  await until(() => heard.text === "hello from the other", "the word of the other");
  await until(() => read === "before while it was on its way after", "all that was sent");
  expect(heard.ended).toBe(false);
  expect([other.remotePort, other.remoteAddress]).toEqual([port, "127.0.0.1"]);
});

test("nothing is read while it is paused, and all of it when it goes on", async () => {
  const { port, heard } = await listening();
  const { socket } = await dialled(port);
  let read = 0;
  socket.on("data", (chunk: Buffer) => {
    read += chunk.length;
  });
  await until(() => heard.sockets.length === 1, "the connection");
  socket.pause();
  heard.sockets[0].write(Buffer.alloc(100_000));
  await until(() => heard.sockets[0].bytesWritten === 100_000, "the writing");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(read).toBe(0);
  socket.resume();
  await until(() => read === 100_000, "all of it");
  socket.destroy();
});

test("a box takes exactly what is told, is its owner's alone, and leaves nothing", async () => {
  const path = join(directoryWith(), "box");
  // What a process that was killed has left.
  writeFileSync(path, "");
  const box = await openBox(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(box.take(1)).toEqual([]);
  const { port } = await listening();
  const { socket, descriptors } = await dialled(port);
  const descriptor = descriptors.of(socket) as number;
  await sendDescriptors(path, [descriptor, descriptor]);
  expect(box.take(1)).toEqual([]);
  await sendDescriptors(path, [descriptor, descriptor, descriptor]);
  const three = box.take(3);
  expect(new Set([...three, descriptor]).size).toBe(4);
  for (const one of three) descriptors.close(one);
  box.close();
  expect(existsSync(path)).toBe(false);
  await expect(sendDescriptors(path, [descriptor])).rejects.toThrow("ENOENT");
  socket.destroy();
});

test("no child that is started has a descriptor that came", async () => {
  const { port, heard } = await listening();
  const { socket, descriptors } = await dialled(port);
  const box = await openBox(join(directoryWith(), "box"));
  onTestFinished(() => box.close());
  await sendDescriptors(box.path, [descriptors.of(socket) as number]);
  const [come] = box.take(1);
  const child = spawn("sleep", ["30"], { stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await once(child, "spawn");
  descriptors.close(come as number);
  socket.destroy();
  await until(() => heard.ended, "the end of the connection");
  expect(child.exitCode).toBeNull();
});

test("a path that no socket can have is told of", async () => {
  await expect(openBox(`/tmp/${"x".repeat(120)}`)).rejects.toThrow("too long");
});
