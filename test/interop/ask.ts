import { createSocket, type Socket } from "node:dgram";
import { connect } from "node:net";
import { buildQuery, type Question } from "./query.ts";

const IN_FLIGHT = 50;

/** How long to wait for an answer (milliseconds), and how often to ask once more. */
export type Patience = { timeout: number; retries: number };

type Waiting = { resolve(answer: Buffer): void; question: Buffer };

/** A client of one server on 127.0.0.1. Answers come back as bytes, undecoded. */
export type Client = {
  udp(question: Question): Promise<Buffer>;
  tcp(question: Question): Promise<Buffer>;
  close(): void;
};

/** A client that keeps at most fifty questions in flight and by default asks three times before it gives up. */
export function client(port: number, patience: Patience = { timeout: 2000, retries: 2 }): Client {
  const waiting = new Map<number, Waiting>();
  const socket = createSocket("udp4");
  const gate = limiter(IN_FLIGHT);
  let nextId = 1;
  socket.on("message", (answer) => deliver(waiting, answer));
  function freeId(): number {
    do nextId = ((nextId * 75 + 74) % 65537) & 0xffff;
    while (waiting.has(nextId));
    return nextId;
  }
  return {
    udp: (question) => gate(() => askUdp({ socket, port, patience, waiting }, freeId(), question)),
    tcp: (question) => gate(() => askTcp(port, buildQuery(freeId(), question), patience.timeout * 2)),
    close: () => socket.close(),
  };
}

/** A late answer to an earlier question under the same id must not pass for this one: the question has to match. */
function deliver(waiting: Map<number, Waiting>, answer: Buffer): void {
  const entry = answer.length >= 12 ? waiting.get(answer.readUInt16BE(0)) : undefined;
  if (!entry) return;
  const echoed = answer.subarray(12, 12 + entry.question.length);
  if (answer.readUInt16BE(4) === 0 || echoed.equals(entry.question)) entry.resolve(answer);
}

type UdpSide = { socket: Socket; port: number; patience: Patience; waiting: Map<number, Waiting> };

async function askUdp({ socket, port, patience, waiting }: UdpSide, id: number, question: Question): Promise<Buffer> {
  const query = buildQuery(id, question);
  const section = query.subarray(12, buildQuery(id, withoutEdns(question)).length);
  return new Promise((resolve, reject) => {
    let sent = 0;
    let timer: NodeJS.Timeout;
    function finish(): void {
      clearTimeout(timer);
      waiting.delete(id);
    }
    function attempt(): void {
      if (sent++ > patience.retries) {
        finish();
        reject(new Error("no answer"));
        return;
      }
      socket.send(query, port, "127.0.0.1");
      timer = setTimeout(attempt, patience.timeout);
    }
    waiting.set(id, {
      question: section,
      resolve: (answer) => {
        finish();
        resolve(answer);
      },
    });
    attempt();
  });
}

function withoutEdns(question: Question): Question {
  return {
    name: question.name,
    type: question.type,
    ...(question.class === undefined ? {} : { class: question.class }),
  };
}

async function askTcp(port: number, query: Buffer, timeout: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let received = Buffer.alloc(0);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.setNoDelay(true);
    socket.setTimeout(timeout, () => socket.destroy(new Error("no answer")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed without an answer")));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      resolve(received.subarray(2));
      socket.destroy();
    });
    socket.write(Buffer.concat([length, query]));
  });
}

/** Runs tasks with at most `limit` of them under way. */
function limiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= limit) await new Promise<void>((resume) => queue.push(resume));
    else running++;
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
}
