/** Waits until a server answers from a version, over UDP and TCP: each is another thread. */

import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Question, questionsFor, versionOf } from "./questions.ts";

const PATIENCE_MS = 2000;
const EVERY_MS = 10;

/** Resolves when both say the version. */
export async function served(port: number, zone: number, version: number, most: number): Promise<void> {
  const [question] = questionsFor([zone]);
  const deadline = performance.now() + most;
  for (const ask of [overUdp, overTcp]) {
    while ((await ask(port, question)) !== version) {
      if (performance.now() > deadline) throw new Error(`version ${version} of zone ${zone} is not served in time`);
      await sleep(EVERY_MS);
    }
  }
}

function overUdp(port: number, question: Question): Promise<number> {
  const socket = createSocket("udp4");
  return new Promise<number>((resolve) => {
    const timer = setTimeout(() => resolve(-1), PATIENCE_MS);
    socket.on("message", (reply) => {
      clearTimeout(timer);
      resolve(versionOf(question, reply, reply.length));
    });
    socket.send(question.wire, port, "127.0.0.1");
  }).finally(() => socket.close());
}

function overTcp(port: number, question: Question): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(question.wire.length);
  socket.write(Buffer.concat([length, question.wire]));
  return new Promise<number>((resolve) => {
    socket.setTimeout(PATIENCE_MS, () => resolve(-1));
    socket.on("error", () => resolve(-1));
    // So small an answer comes whole.
    socket.on("data", (data) => resolve(versionOf(question, data.subarray(2), data.length - 2)));
  }).finally(() => socket.destroy());
}
