/** Questions over TCP: one connection, new each time, and all of them in it at once (RFC 7766 §6.2.1.1). */

import { connect, type Socket } from "node:net";
import type { Listen } from "../../text/listen.ts";
import { errorCode } from "../../text/systemerror.ts";
import { readU16, writeU16 } from "../../wire/header.ts";
import { type Asked, type Asking, randomId } from "./asked.ts";
import { patiently } from "./patience.ts";
import { isAnswer, type Question, queryOf } from "./question.ts";
import { CLOSED } from "./whynotasked.ts";

const LAST = 4;
/** RFC 1035 §4.2.2: the length before each message. */
const LENGTH = 2;

/** Asks all at once. Never rejects: a question without an answer in time, or before the connection ends, has none. */
export function askOverTcp({ address, port }: Listen, asking: Asking): Promise<Asked> {
  const { questions, timeout, signal, sent } = asking;
  if (questions.length === 0 || signal?.aborted) return Promise.resolve({ replies: [], code: undefined });
  const base = randomId();
  const replies: (Uint8Array | undefined)[] = questions.map(() => undefined);
  let left = questions.length;
  const take = (message: Uint8Array) => {
    const i = (readU16(message, 0) - base) & 0xffff;
    if (i >= questions.length || replies[i] !== undefined || !isAnswer(message, questions[i], idOf(base, i))) return;
    replies[i] = message;
    left--;
  };
  const socket = connect({ port, host: address, noDelay: true });
  return new Promise<Asked>((resolve) => {
    const finish = (code?: string) => {
      endPatience();
      signal?.removeEventListener("abort", abort);
      socket.destroy();
      resolve({ replies, code });
    };
    const abort = () => finish();
    const endPatience = patiently(timeout, (quarter) => {
      if (quarter === LAST) finish();
    });
    signal?.addEventListener("abort", abort);
    socket.once("error", (error) => finish(errorCode(error) || error.message));
    socket.once("close", () => finish(CLOSED));
    framed(socket, (message) => {
      take(message);
      if (left === 0) finish();
    });
    socket.write(stream(questions, base));
    for (const _ of questions) sent?.();
  });
}

function idOf(base: number, i: number): number {
  return (base + i) & 0xffff;
}

function stream(questions: readonly Question[], base: number): Buffer {
  const parts = questions.flatMap((question, i) => {
    const query = queryOf(question, idOf(base, i));
    const length = new Uint8Array(LENGTH);
    writeU16(length, 0, query.length);
    return [length, query];
  });
  return Buffer.concat(parts);
}

/** Hands over each whole message that comes. */
function framed(socket: Socket, each: (message: Uint8Array) => void): void {
  let have: Uint8Array = new Uint8Array(0);
  socket.on("data", (chunk: Buffer) => {
    have = have.length === 0 ? chunk : Buffer.concat([have, chunk]);
    while (have.length >= LENGTH && have.length >= LENGTH + readU16(have, 0)) {
      const end = LENGTH + readU16(have, 0);
      each(have.subarray(LENGTH, end));
      have = have.subarray(end);
    }
  });
}
