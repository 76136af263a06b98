/** Outputs that fail: a full disk, pipes and sockets that nobody reads, readers that come back. What is lost is counted. */

import { spawnSync } from "node:child_process";
import { constants, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Backlog, type Sink, TapCount } from "../../src/tap/backlog.ts";
import { CONTENT_TYPE } from "../../src/tap/dnstap.ts";
import { FileSink } from "../../src/tap/filesink.ts";
import { Control, controlFrame, dataFrame } from "../../src/tap/framestream.ts";
import { FRAMES } from "../../src/tap/frametalk.ts";
import { SocketSink } from "../../src/tap/socketsink.ts";
import { until } from "../transport/stream.ts";

let folder: string;
let troubles: (string | undefined)[];
const open_: { sinks: Sink[]; servers: Server[]; sockets: Socket[] } = { sinks: [], servers: [], sockets: [] };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zonecast-tap-"));
  troubles = [];
});
afterEach(async () => {
  for (const socket of open_.sockets.splice(0)) socket.destroy();
  for (const server of open_.servers.splice(0)) server.close();
  await Promise.all(open_.sinks.splice(0).map((sink) => sink.close(50)));
  rmSync(folder, { recursive: true, force: true });
});

const trouble = (why: string | undefined) => void troubles.push(why);
const line = (i: number) => Buffer.from(`${JSON.stringify({ line: i, rest: "x".repeat(i % 50) })}\n`);
const numbersIn = (text: string) =>
  text
    .split("\n")
    .slice(0, -1)
    .map((one) => (JSON.parse(one) as { line: number }).line);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const countsOf = ({ counts }: Backlog) => ({
  written: counts[TapCount.WRITTEN],
  full: counts[TapCount.FULL],
  lost: counts[TapCount.LOST],
});

function keep<T extends Sink>(sink: T): T {
  open_.sinks.push(sink);
  return sink;
}

describe("a backlog", () => {
  test("has a bound: what is past it is counted, and there is room again once chunks are gone", () => {
    const backlog = new Backlog(undefined, 100);
    const taken = upTo(30).filter((i) => backlog.add(Buffer.from(`line ${i % 10}\n`)));
    expect(taken).toHaveLength(14);
    expect(countsOf(backlog).full).toBe(16);
    const chunk = backlog.take()!;
    expect(chunk.records).toBe(14);
    expect(backlog.add(Buffer.from("more\n"))).toBe(false);
    backlog.done(chunk, 2);
    expect(backlog.add(Buffer.from("more\n"))).toBe(true);
    expect(countsOf(backlog)).toEqual({ written: 12, full: 17, lost: 2 });
    expect(backlog.waiting).toBe(5);
  });

  test("gives records back whole and in order, long ones too", () => {
    const backlog = new Backlog();
    const records = upTo(400).map((i) => Buffer.alloc(i % 100 === 7 ? 100_000 : 1 + ((i * 97) % 900), i));
    for (const record of records) expect(backlog.add(record)).toBe(true);
    const chunks = [];
    for (let chunk = backlog.take(); chunk !== undefined; chunk = backlog.take()) chunks.push(chunk);
    expect(chunks.reduce((sum, chunk) => sum + chunk.records, 0)).toBe(400);
    expect(Buffer.concat(chunks.map(({ octets }) => octets)).equals(Buffer.concat(records))).toBe(true);
  });
});

describe("a file", () => {
  test("gets every line, after those that it has", async () => {
    const path = join(folder, "log");
    const backlog = new Backlog();
    const sink = keep(new FileSink(path, backlog, trouble));
    for (const i of upTo(5000)) backlog.add(line(i));
    sink.wake();
    expect(await sink.close(2000)).toBe(true);
    const again = keep(new FileSink(path, backlog, trouble));
    backlog.add(line(5000));
    expect(await again.close(2000)).toBe(true);
    expect(numbersIn(readFileSync(path, "utf8"))).toEqual(upTo(5001));
    expect(countsOf(backlog)).toEqual({ written: 5001, full: 0, lost: 0 });
    expect(troubles).toEqual([]);
  });

  test("that was moved away is made anew, and no line is in neither", async () => {
    const path = join(folder, "log");
    const backlog = new Backlog();
    const sink = keep(new FileSink(path, backlog, trouble));
    let count = 0;
    const write = () => {
      backlog.add(line(count++));
      sink.wake();
    };
    write();
    await until(() => existsSync(path) && readFileSync(path, "utf8") !== "", "the first line");
    renameSync(path, `${path}.1`);
    await until(
      () => {
        write();
        return existsSync(path) && readFileSync(path, "utf8") !== "";
      },
      "a new file",
      5000,
    );
    await sink.close(1000);
    expect(numbersIn(readFileSync(`${path}.1`, "utf8") + readFileSync(path, "utf8"))).toEqual(upTo(count));
  });

  test.skipIf(!existsSync("/dev/full"))(
    "on a full disk, what is past the bound is dropped; it is said once",
    async () => {
      const backlog = new Backlog(undefined, 1000);
      const sink = keep(new FileSink("/dev/full", backlog, trouble));
      for (const i of upTo(200)) {
        backlog.add(line(i));
        sink.wake();
      }
      await until(() => troubles.length > 0, "trouble");
      expect(troubles).toEqual(["/dev/full: can't write: no space left on the device"]);
      const before = performance.now();
      expect(await sink.close(50)).toBe(true);
      expect(performance.now() - before).toBeLessThan(1000);
      const { written, full, lost } = countsOf(backlog);
      expect({ written, all: full + lost }).toEqual({ written: 0, all: 200 });
    },
  );

  test("in a folder that is not there yet is written once it is", async () => {
    const path = join(folder, "later", "log");
    const backlog = new Backlog();
    const sink = keep(new FileSink(path, backlog, trouble));
    backlog.add(line(0));
    sink.wake();
    await until(() => troubles.length > 0, "trouble");
    expect(troubles).toEqual([`${path}: can't write: no such file or directory`]);
    spawnSync("mkdir", [join(folder, "later")]);
    await until(() => troubles.length > 1, "the file", 3000);
    expect(troubles[1]).toBeUndefined();
    expect(numbersIn(readFileSync(path, "utf8"))).toEqual([0]);
  });
});

describe.skipIf(spawnSync("mkfifo", ["--version"]).status !== 0)("a named pipe", () => {
  const fifo = () => {
    const path = join(folder, "pipe");
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    return path;
  };

  test("without a reader waits for one", async () => {
    const path = fifo();
    const backlog = new Backlog();
    const sink = keep(new FileSink(path, backlog, trouble));
    backlog.add(line(0));
    sink.wake();
    await until(() => troubles.length > 0, "trouble");
    expect(troubles).toEqual([`nobody reads ${path}`]);
    const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await until(() => troubles.length > 1, "the reader to be found", 3000);
    const { bytesRead, buffer } = await reader.read(Buffer.alloc(1000));
    expect(numbersIn(buffer.toString("utf8", 0, bytesRead))).toEqual([0]);
    await reader.close();
  });

  test("whose reader stalls takes no thread and loses only what is past the bound; the next reader gets whole lines", async () => {
    const path = fifo();
    const stalled = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const backlog = new Backlog(undefined, 200_000);
    const sink = keep(new FileSink(path, backlog, trouble));
    const count = 20_000;
    for (const i of upTo(count)) {
      backlog.add(line(i));
      if (i % 100 === 0) sink.wake();
    }
    await until(() => troubles.length > 0, "trouble", 5000);
    expect(troubles).toEqual([`${path} is not read, or too slowly`]);
    // A thread of the pool is free for anything else.
    await Promise.all(upTo(8).map(async () => (await open("/dev/null", "r")).close()));
    await stalled.close();
    // It looks again every 10 ms, and so finds that nobody is there.
    await sleep(200);
    const next = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let text = "";
    await until(
      async () => {
        const { bytesRead, buffer } = await next
          .read(Buffer.alloc(1 << 20))
          .catch(() => ({ bytesRead: 0, buffer: Buffer.alloc(0) }));
        text += buffer.toString("utf8", 0, bytesRead);
        return backlog.waiting === 0;
      },
      "the rest",
      5000,
    );
    const numbers = numbersIn(text);
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers.every((number, i) => i === 0 || number > numbers[i - 1])).toBe(true);
    const { written, full, lost } = countsOf(backlog);
    expect(written + full + lost).toBe(count);
    await next.close();
  });
});

/** Listens at a path; `each` has every connection. */
async function listening(path: string, each: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    open_.sockets.push(socket);
    socket.on("error", () => {});
    each(socket);
  });
  open_.servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

describe("a socket", () => {
  test("that nobody listens at is tried again, and gets what has waited", async () => {
    const path = join(folder, "s");
    const backlog = new Backlog();
    const sink = keep(new SocketSink(path, backlog, trouble));
    for (const i of upTo(3000)) backlog.add(line(i));
    sink.wake();
    await until(() => troubles.length > 0, "trouble");
    expect(troubles).toEqual([`nobody listens at ${path}: start the reader`]);
    let text = "";
    await listening(path, (socket) => socket.setEncoding("utf8").on("data", (data: string) => (text += data)));
    await until(() => text.split("\n").length > 3000, "all lines", 5000);
    expect(numbersIn(text)).toEqual(upTo(3000));
    await until(() => troubles.length > 1, "the end of the trouble");
    expect(countsOf(backlog)).toEqual({ written: 3000, full: 0, lost: 0 });
  });

  test("whose reader stalls is told of, and what is past the bound is dropped", async () => {
    const path = join(folder, "s");
    await listening(path, (socket) => socket.pause());
    const backlog = new Backlog(undefined, 300_000);
    const sink = keep(new SocketSink(path, backlog, trouble));
    const count = 40_000;
    for (const i of upTo(count)) {
      backlog.add(line(i));
      if (i % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
      sink.wake();
    }
    await until(() => troubles.length > 0, "trouble", 5000);
    expect(troubles).toEqual([`${path} is not read, or too slowly`]);
    expect(backlog.waiting).toBeLessThanOrEqual(300_000);
    const before = performance.now();
    await sink.close(100);
    expect(performance.now() - before).toBeLessThan(1000);
    expect(countsOf(backlog).full).toBeGreaterThan(1000);
  });

  test("whose reader is started again: every line is either with one of both, or counted", async () => {
    const path = join(folder, "s");
    const texts = ["", ""];
    const read = (which: number) => (socket: Socket) =>
      socket.setEncoding("utf8").on("data", (data: string) => (texts[which] += data));
    const first = await listening(path, read(0));
    const backlog = new Backlog();
    const sink = keep(new SocketSink(path, backlog, trouble));
    const write = (from: number, to: number) => {
      for (let i = from; i < to; i++) backlog.add(line(i));
      sink.wake();
    };
    write(0, 1000);
    await until(() => texts[0].split("\n").length > 1000, "the first lines");
    for (const socket of open_.sockets.splice(0)) socket.destroy();
    first.close();
    await until(() => troubles.length > 0, "trouble");
    expect(troubles[0]).toContain("has gone");
    write(1000, 2000);
    await listening(path, read(1));
    await until(() => backlog.waiting === 0 && texts[1].split("\n").length > 1000, "the rest", 5000);
    expect(numbersIn(texts[0])).toEqual(upTo(1000));
    expect(numbersIn(texts[1])).toEqual(upTo(2000).slice(1000));
    expect(countsOf(backlog)).toEqual({ written: 2000, full: 0, lost: 0 });
  });
});

describe("a reader of frames", () => {
  const frames = (socket: Socket, answer: Buffer, got: Buffer[]) => {
    socket.on("data", (data) => {
      got.push(data);
      const all = Buffer.concat(got);
      if (all.length === data.length) socket.write(answer);
      if (all.subarray(-12).equals(controlFrame(Control.STOP))) socket.write(controlFrame(Control.FINISH));
    });
  };

  test("is greeted, given frames, and told the end", async () => {
    const path = join(folder, "s");
    const got: Buffer[] = [];
    await listening(path, (socket) => frames(socket, controlFrame(Control.ACCEPT, CONTENT_TYPE), got));
    const backlog = new Backlog();
    const sink = keep(new SocketSink(path, backlog, trouble, FRAMES));
    backlog.add(dataFrame(Buffer.from("one")));
    backlog.add(dataFrame(Buffer.from("two")));
    await until(() => countsOf(backlog).written === 2, "two frames");
    expect(await sink.close(1000)).toBe(true);
    const parts = [
      ...[controlFrame(Control.READY, CONTENT_TYPE), controlFrame(Control.START, CONTENT_TYPE)],
      ...[dataFrame(Buffer.from("one")), dataFrame(Buffer.from("two")), controlFrame(Control.STOP)],
    ];
    expect(Buffer.concat(got)).toEqual(Buffer.concat(parts));
  });

  test.each([
    [
      "takes something else",
      controlFrame(Control.ACCEPT, "text/plain"),
      "takes text/plain, and no protobuf:dnstap.Dnstap",
    ],
    ["says something else", controlFrame(Control.FINISH), "says 5 where 1 was awaited"],
    ["speaks something else", Buffer.from("HTTP/1.1 400 Bad Request\r\n"), "does not speak Frame Streams"],
  ])("that %s is given nothing", async (_, answer, why) => {
    const path = join(folder, "s");
    const got: Buffer[] = [];
    await listening(path, (socket) => frames(socket, answer, got));
    const backlog = new Backlog();
    keep(new SocketSink(path, backlog, trouble, FRAMES));
    backlog.add(dataFrame(Buffer.from("secret")));
    await until(() => troubles.length > 0, "trouble");
    expect(troubles[0]).toContain(why);
    expect(Buffer.concat(got).toString("latin1")).not.toContain("secret");
  });
});
