/** The whole program with taps: what is asked is what is logged, and nothing that becomes of a log costs an answer. */

import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { constants, existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { hasNode24, testWith } from "../support/need.ts";
import { datagramClient } from "../transport/datagrams.ts";
import { until } from "../transport/stream.ts";
import { keepAsking, txtQuery } from "./asking.ts";
import { configured } from "./configured.ts";
import { directoryWith, type Server } from "./program.ts";

const run = promisify(execFile);
const ZONE = '$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\na TXT "here"\n';
const place = (yaml: string) => {
  const directory = directoryWith({ "example.zone": ZONE });
  return {
    directory,
    file: join(directoryWith({ "pop.yaml": `pop: lhr1\nzones: ${directory}\n${yaml}` }), "pop.yaml"),
  };
};
const has = (program: string) => spawnSync("which", [program]).status === 0;

interface Line {
  readonly time: string;
  readonly qname?: string;
  readonly qtype?: string;
  readonly [field: string]: unknown;
}
const linesOf = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
    // Threads are read one after the other.
    .sort((a, b) => (a.time < b.time ? -1 : 1));
const metricsOf = async ({ admin }: Server) => (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
const numberIn = (metrics: string, series: string) =>
  Number(
    metrics
      .split("\n")
      .find((line) => line.startsWith(series))
      ?.split(" ")
      .at(-1),
  );

interface TapStatus {
  readonly outputs: readonly { readonly output: string; readonly lines: number }[];
  readonly clients: readonly { readonly prefix: string; readonly share: number }[];
}
const tapOf = async (server: Server) => ((await server.status()) as unknown as { tap?: TapStatus }).tap;

describe.skipIf(!hasNode24())("a server with taps", () => {
  testWith("dig", "a line for each query by UDP and TCP, of the names that are wanted only", async () => {
    const { directory, file } = place("querylog: { sample: 1, zones: [example], to: LOG }\n");
    const log = join(file, "../LOG");
    const server = await configured(file);
    const dig = (...args: string[]) => run("dig", ["@127.0.0.1", "-p", `${server.port}`, "+tries=1", ...args]);
    await dig("-b", "127.0.0.9", "A.example", "TXT", "+nocookie");
    await dig("nowhere.example", "MX", "+tcp", "+dnssec");
    await dig("elsewhere.test", "A");
    await server.stop();
    expect(directory).not.toBe("");
    expect(linesOf(log)).toMatchObject([
      { pop: "lhr1", client: "127.0.0.9", transport: "udp", qname: "A.example.", qtype: "TXT", rcode: "NOERROR" },
      { transport: "tcp", qname: "nowhere.example.", qtype: "MX", do: true, rcode: "NXDOMAIN", answers: 0 },
    ]);
    expect(linesOf(log).map(({ server: at }) => at)).toEqual([`127.0.0.1@${server.port}`, `127.0.0.1@${server.port}`]);
  });

  testWith(
    "fstrm_capture",
    "dnstap is read back by fstrm_capture and dnstap-read: what dig has asked, and was told",
    async () => {
      if (!has("dnstap-read") || !has("dig")) {
        expect(process.env.CI, "this test needs dnstap-read and dig").not.toBe("true");
        return;
      }
      const folder = directoryWith();
      const [socket, frames] = [join(folder, "dnstap.sock"), join(folder, "frames")];
      const reader = spawn("fstrm_capture", ["-t", "protobuf:dnstap.Dnstap", "-u", socket, "-w", frames]);
      try {
        await until(() => existsSync(socket), "fstrm_capture to listen");
        const server = await configured(place(`dnstap: { socket: ${socket}, zones: [example] }\n`).file);
        const at = ["@127.0.0.1", "-p", `${server.port}`, "+tries=1"];
        const { stdout: told } = await run("dig", [...at, "a.example", "TXT", "+qr", "+nocookie"]);
        await run("dig", [...at, "no.example", "A", "+tcp"]);
        expect(await server.stop()).toMatchObject({ code: 0 });
        const ended = once(reader, "exit");
        reader.kill("SIGTERM");
        await ended;
        const { stdout } = await run("dnstap-read", [frames]);
        const shown = stdout
          .trim()
          .split("\n")
          .map((line) => line.split(" "))
          // Threads are read one after the other: the order of what two of them answered is in the times alone.
          .sort(([day, time], [otherDay, otherTime]) => `${day} ${time}`.localeCompare(`${otherDay} ${otherTime}`))
          .map((words) => words.slice(2));
        const asked = `127.0.0.1:${server.port}`;
        expect(shown.map(([kind, , way, to, protocol, , what]) => [kind, way, to, protocol, what])).toEqual([
          ["AQ", "->", asked, "UDP", "a.example/IN/TXT"],
          ["AR", "<-", asked, "UDP", "a.example/IN/TXT"],
          ["AQ", "->", asked, "TCP", "no.example/IN/A"],
          ["AR", "<-", asked, "TCP", "no.example/IN/A"],
        ]);
        const { stdout: whole } = await run("dnstap-read", ["-y", frames]);
        expect(whole).toContain("identity: lhr1");
        expect(whole).toMatch(/version: zonecast \d/);
        const [, id] = /id: (\d+)/.exec(told) ?? [];
        const answer = whole.split("---").find((frame) => frame.includes("a.example. 60 IN TXT"));
        expect(answer).toContain(`id: ${id}`);
        expect(whole).toContain("status: NXDOMAIN");
      } finally {
        reader.kill("SIGKILL");
      }
    },
  );

  test("standard output has lines of the query log and of the log, each whole", async () => {
    const server = await configured(place("querylog: { sample: 1, zones: [example] }\nlog: { format: json }\n").file);
    for (let i = 0; i < 50; i++) expect(await server.ask("a.example")).toBe("here");
    await server.stop();
    const all = server.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line & { event?: string });
    expect(all.filter(({ qname }) => qname === "a.example.")).toHaveLength(50);
    expect(all.filter(({ event }) => event === "ready" || event === "stopped")).toHaveLength(2);
  });

  test("one in N, and the metrics say how many", async () => {
    const { file } = place("querylog: { sample: 10, zones: [example], to: LOG }\nworkers: 1\n");
    const server = await configured(file);
    for (let i = 0; i < 95; i++) await server.ask("a.example");
    await until(
      async () => numberIn(await metricsOf(server), 'zonecast_tap_lines_total{output="querylog"') === 9,
      "9 lines",
    );
    await server.stop();
    expect(linesOf(join(file, "../LOG"))).toHaveLength(9);
  });

  test("clients are told by prefix, and our own checks are none", async () => {
    const server = await configured(place("catchment: 1\n").file);
    for (const [address, queries] of [
      ["127.0.8.1", 6],
      ["127.0.8.2", 3],
      ["127.0.9.1", 3],
    ] as const) {
      const client = await datagramClient(false, { address, port: 0 });
      for (let i = 0; i < queries; i++)
        client.send(txtQuery(i, "a.example"), { address: "127.0.0.1", port: server.port });
      await client.received(queries);
      client.socket.close();
    }
    expect(await tapOf(server)).toEqual({
      outputs: [],
      clients: [
        { prefix: "127.0.8.0/24", share: 0.75 },
        { prefix: "127.0.9.0/24", share: 0.25 },
      ],
    });
    await server.stop();
  });

  test("without a tap, there is none", async () => {
    const server = await configured(place("catchment: 0\n").file);
    expect(await server.ask("a.example")).toBe("here");
    expect(await tapOf(server)).toBeUndefined();
    expect(await metricsOf(server)).not.toMatch(/^zonecast_tap_\w+\{/m);
    await server.stop();
  });
});

describe.skipIf(!hasNode24())("a log that can't be written costs no answer", () => {
  /** Asks for a while, and says how many of how many were answered rightly. */
  async function answered(server: Server): Promise<{ asked: number; answered: number }> {
    const asking = keepAsking(server.port, "a.example", 4000);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const outcomes = await asking.stop();
    return { asked: outcomes.length, answered: outcomes.filter((outcome) => outcome === "here").length };
  }

  async function endsSoon(server: Server): Promise<void> {
    const before = performance.now();
    expect(await server.stop()).toMatchObject({ code: 0 });
    expect(performance.now() - before).toBeLessThan(6000);
  }

  test.skipIf(!existsSync("/dev/full"))("a full disk", async () => {
    const server = await configured(place("querylog: { sample: 1, to: /dev/full }\n").file);
    const { asked, answered: right } = await answered(server);
    expect(asked).toBeGreaterThan(5000);
    expect(right).toBe(asked);
    expect(server.log("tap.unwritable")).toMatchObject([
      { level: "warn", why: "/dev/full: can't write: no space left on the device" },
    ]);
    await endsSoon(server);
  });

  test.skipIf(!has("mkfifo"))("a pipe whose reader stalls, and a dnstap reader that does", async () => {
    const folder = directoryWith();
    const [pipe, socket] = [join(folder, "pipe"), join(folder, "socket")];
    spawnSync("mkfifo", [pipe]);
    const reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    // It takes connections and reads nothing.
    const stalled = createServer({ pauseOnConnect: true }, (one) => one.on("error", () => {}));
    await new Promise<void>((resolve) => stalled.listen(socket, resolve));
    const yaml = `querylog: { sample: 1, to: ${pipe} }\ndnstap: { socket: ${socket} }\n`;
    const server = await configured(place(yaml).file);
    const { asked, answered: right } = await answered(server);
    expect(right).toBe(asked);
    const metrics = await metricsOf(server);
    const lines = numberIn(metrics, 'zonecast_tap_lines_total{output="querylog"');
    expect(lines).toBeLessThan(asked);
    await until(() => server.log("tap.unwritable").length > 0, "the log to say so");
    await endsSoon(server);
    await reader.close();
    stalled.close();
  });

  test("standard output that nobody reads any more", async () => {
    const server = await configured(place("querylog: { sample: 1 }\n").file);
    server.child.stdout?.destroy();
    const { asked, answered: right } = await answered(server);
    expect(right).toBe(asked);
    const metrics = await metricsOf(server);
    expect(numberIn(metrics, 'zonecast_tap_lines_total{output="querylog"')).toBeLessThan(asked);
    await endsSoon(server);
  });

  test("a reader that is not there, then comes, goes, and comes back", async () => {
    const folder = directoryWith();
    const path = join(folder, "socket");
    const server = await configured(place(`querylog: { sample: 1, zones: [example], to: "unix:${path}" }\n`).file);
    let text = "";
    const listen = async () => {
      const sockets: { destroy(): void }[] = [];
      const reader = createServer((socket) => {
        sockets.push(socket);
        socket.setEncoding("utf8").on("data", (data: string) => {
          text += data;
        });
      });
      await new Promise<void>((resolve) => reader.listen(path, resolve));
      return () => {
        for (const socket of sockets) socket.destroy();
        reader.close();
      };
    };
    const count = () => text.split("\n").length - 1;
    expect(await server.ask("a.example")).toBe("here");
    const end = await listen();
    await until(() => count() === 1, "the line that has waited");
    end();
    await until(() => server.log("tap.unwritable").length === 2, "its going to be told");
    expect(await server.ask("a.example")).toBe("here");
    const endAgain = await listen();
    await until(() => count() === 2, "the line after that");
    expect(server.log("tap.written").length).toBeGreaterThan(0);
    await endsSoon(server);
    endAgain();
  });
});
