/**
 * What DNS over TLS costs: handshakes a second, whole ones and by tickets, and queries a second over connections that stay,
 * beside plain TCP by the same client: node test/bench/tls.ts [SECONDS]. The client takes a core itself: the server's own
 * time for each is what can be compared between machines.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionOptions, connect } from "node:tls";
import { makeCertificate, openssl } from "../support/certificate.ts";
import { freePort } from "../transport/port.ts";
import { framed } from "../transport/queries.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SECONDS = Number(process.argv[2] ?? "4");
/** Handshakes, or connections that stay, at the same time; and queries that are on their way in each of these. */
const CLIENTS = 8;
const WINDOW = 64;
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

const folder = mkdtempSync(join(tmpdir(), "zonecast-tls-"));
writeFileSync(
  join(folder, "a.example.zone"),
  '$TTL 60\n@ SOA ns h 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\nwww TXT "v1"\n',
);
const certificates = { ecdsa: makeCertificate(folder, "ecdsa").files, rsa: rsa() };

function rsa() {
  const files = { cert: join(folder, "rsa.pem"), key: join(folder, "rsa.key") };
  const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=rsa", "-days", "9"];
  openssl(...made, "-keyout", files.key, "-out", files.cert);
  return files;
}

interface Served {
  readonly child: ChildProcess;
  readonly plain: number;
  readonly tls: number;
  /** Processor time of the thread of a kind so far, in milliseconds. */
  spent(kind: string): number;
}

async function serve({ cert, key }: { readonly cert: string; readonly key: string }): Promise<Served> {
  const [plain, tls] = [await freePort(), await freePort()];
  const limits = "handshakes-per-client: 1000, per-client: 1000";
  const section = `tls: { cert: ${cert}, key: ${key}, listen: 127.0.0.1@${tls}, ${limits} }`;
  const file = join(folder, "pop.yaml");
  writeFileSync(file, `zones: ${folder}\nlisten: 127.0.0.1@${plain}\n${section}\ntcp: { per-client: 1000 }\n`);
  const args = [join(ROOT, "src/main.ts"), "serve", "--config", file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  while (!text.includes("CH TXT id.server")) {
    if (child.exitCode !== null) throw new Error(text);
    await sleep(5);
  }
  return { child, plain, tls, spent: (kind) => timeOf(child.pid ?? 0, kind) };
}

function timeOf(pid: number, kind: string): number {
  const tasks = `/proc/${pid}/task`;
  const task = readdirSync(tasks).find((id) => readFileSync(join(tasks, id, "comm"), "utf8").startsWith(`${kind}-`));
  const fields = readFileSync(join(tasks, task ?? "", "stat"), "utf8")
    .split(") ")[1]
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** One handshake after another, each with one query, until the time is over; how many. */
async function shaking(port: number, until: number, tickets: boolean): Promise<number> {
  let session: Buffer | undefined;
  let count = 0;
  for (; performance.now() < until; count++) {
    const options: ConnectionOptions = { host: "127.0.0.1", port, rejectUnauthorized: false };
    const socket = connect(tickets && session ? { ...options, session } : options);
    socket.on("session", (ticket: Buffer) => {
      session = ticket;
    });
    await answered(socket, 1);
    socket.destroy();
  }
  return count;
}

/** Queries in a connection that stays; how many were answered. All replies are of one size. */
async function asking(socket: Socket, until: number): Promise<number> {
  const size = (await answered(socket, 1)).length;
  let count = 0;
  const window = Buffer.concat(Array.from({ length: WINDOW }, () => framed(1, "www.a.example")));
  for (; performance.now() < until; count += WINDOW) await answered(socket, WINDOW, size, window);
  socket.destroy();
  return count;
}

/** Sends queries, and resolves with the octets of the replies once all are there. */
function answered(socket: Socket, count: number, size = 1, queries = framed(1, "www.a.example")): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let have = 0;
    const take = (part: Buffer) => {
      parts.push(part);
      have += part.length;
      if (have < count * size) return;
      socket.off("data", take);
      socket.off("error", reject);
      resolve(Buffer.concat(parts));
    };
    socket.on("data", take);
    socket.once("error", reject);
    socket.write(queries);
  });
}

/** Runs clients side by side and prints what was done a second, and the server's time for each. */
async function measure(what: string, served: Served, kind: string, client: (until: number) => Promise<number>) {
  const [began, spent] = [performance.now(), served.spent(kind)];
  const until = began + SECONDS * 1000;
  const counts = await Promise.all(Array.from({ length: CLIENTS }, () => client(until)));
  const done = counts.reduce((sum, count) => sum + count, 0);
  const each = ((served.spent(kind) - spent) / done) * 1000;
  const rate = Math.round((done / (performance.now() - began)) * 1000);
  process.stdout.write(
    `${what.padEnd(46)}${String(rate).padStart(8)}/s ${each.toFixed(1).padStart(8)} µs of the server's\n`,
  );
}

for (const [name, files] of Object.entries(certificates)) {
  const served = await serve(files);
  const { plain, tls } = served;
  await measure(`whole handshakes, ${name}, TLS 1.3, and a query`, served, "tls", (until) =>
    shaking(tls, until, false),
  );
  await measure(`handshakes by a ticket, ${name}, and a query`, served, "tls", (until) => shaking(tls, until, true));
  if (name === "ecdsa") {
    const options = { host: "127.0.0.1", port: tls, rejectUnauthorized: false };
    await measure("queries over TLS, 64 at a time", served, "tls", (until) => asking(connect(options), until));
    await measure("queries over TCP, 64 at a time", served, "tcp", (until) =>
      asking(connectTcp({ host: "127.0.0.1", port: plain }), until),
    );
  }
  served.child.kill("SIGTERM");
}
rmSync(folder, { recursive: true, force: true });
