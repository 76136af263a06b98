/**
 * Requests at the admin server and at the control socket, octet by octet as they stand on the wire, through real sockets:
 * each is answered in good form or its connection is ended, no page has a fault, and the next one is served. The first
 * octet says which of the two, and where the request is cut.
 */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo, NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS } from "../../../src/server/admin/limits.ts";
import { serveAdmin } from "../../../src/server/admin/server.ts";
import { healthPage } from "../../../src/server/admin/statuspages.ts";
import { serveControl } from "../../../src/server/control.ts";
import { Succession } from "../../../src/server/replace/succession.ts";
import { exchanged } from "../engine/raw.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 3000;
const TOKEN = "0123456789abcdef";
const PLAN = '{"service":"ns1","to":"drain","by":"alice","why":"works","for":60,"force":true}';
const REQUESTS = [
  "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  `GET /words?x=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
  `HEAD / HTTP/1.1\r\nHost: [::1]\r\nAuthorization: Basic ${Buffer.from(`x:${TOKEN}`).toString("base64")}\r\nAccept: text/html\r\n\r\n`,
  "GET /tree/a/../b HTTP/1.0\r\n\r\n",
  "POST /words HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  `POST /plan HTTP/1.1\r\nHost: a\r\nContent-Length: ${PLAN.length}\r\n\r\n${PLAN}`,
  "GET /standings HTTP/1.1\r\nHost: a\r\n\r\nGET /status HTTP/1.1\r\nHost: a\r\n\r\n",
  'GET /replace?pop=lhr1&pid=7&version=1&managed=1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: zonecast-replace\r\n\r\n{"say":"ready","failed":["a."]}\n',
  "GET http://x@[::/%ff HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n\r\n",
];
const WORDS = [
  "\r\n",
  "\r\n\r\n",
  "Host: ",
  "Content-Length: 9\r\n",
  "Upgrade: zonecast-replace\r\n",
  "Connection: upgrade\r\n",
  "Expect: 100-continue\r\n",
];
const PATHS = [
  "/",
  "/healthz",
  "/words",
  "/tree/",
  "/plan",
  "/status",
  "/standings",
  "/replace",
  "?",
  "%00",
  "//",
  "HTTP/1.1",
  "OPTIONS ",
  "TRACE ",
  "CONNECT ",
];

export async function open(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-fuzz-"));
  const faults: string[] = [];
  const tell = (_level: string, event: string, _facts: object, text: string) => {
    if (event === "admin.fault") faults.push(text);
  };
  const admin = await adminServer(tell);
  const path = join(folder, "control.sock");
  const control = await controlServer(path);
  const { port } = admin.address() as AddressInfo;
  return {
    name: "http",
    most: MOST,
    slow: 6,
    seeds: REQUESTS.flatMap((text) => [0, 1].map((which) => octetsOf(String.fromCharCode(which) + text))),
    words: [...WORDS, ...PATHS, ...REQUESTS, PLAN].map(octetsOf),
    check: async (input) => {
      const which = input[0] ?? 0;
      const to: NetConnectOpts = (which & 1) === 0 ? { host: "127.0.0.1", port } : { path };
      await request(to, which >>> 1, input.slice(1));
      must(faults.length === 0, faults.splice(0).join());
    },
    close: async () => {
      for (const server of [admin, control]) {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function adminServer(tell: Parameters<typeof serveAdmin>[2]): Promise<Server> {
  const pages = [
    healthPage("lhr1", "1.0.0"),
    { path: "/words", handle: (_: unknown, response: { end(text: string): unknown }) => void response.end("words\n") },
    {
      path: "/tree/",
      handle: ({ url = "" }, response: { end(text: string): unknown }) => void response.end(decodeURI(url).slice(0, 9)),
    },
  ];
  const limits = { ...LIMITS, request: 1000, keepAlive: 200, idle: 1000, perAddress: 64 };
  // Port 0: the system gives one that nobody has.
  return serveAdmin(
    { listen: { address: "127.0.0.1", port: 0 }, token: TOKEN },
    { pop: "lhr1", version: "1.0.0", pages },
    tell,
    limits,
  );
}

function controlServer(path: string): Promise<Server> {
  const succession = new Succession({
    ...{
      pop: "lhr1",
      version: "1.0.0",
      secrets: [],
      leaving: 0,
      unable: () => undefined,
      failed: () => {},
      routes: () => true,
    },
    ...{ serves: (zones) => zones.filter((zone) => zone === "a."), tell: () => {} },
  });
  return serveControl(path, {
    pop: "lhr1",
    status: async function* () {
      yield '{"ready":true}\n';
    },
    standings: () => [],
    plan: ({ service }) => (service === "ns1" ? undefined : "there is ns1"),
    succession,
  });
}

/** One request or more; then one that must be served. */
async function request(to: NetConnectOpts, cut: number, octets: Uint8Array): Promise<void> {
  const at = cut % (octets.length + 1);
  judge(await exchanged(to, [octets.subarray(0, at), octets.subarray(at)]));
  const path = "path" in to ? "/standings" : "/healthz";
  const next = await exchanged(to, [octetsOf(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)]);
  must(
    next.toString("latin1", 0, 15) === "HTTP/1.1 200 OK",
    `the next request is answered with ${next.toString("latin1", 0, 60)}`,
  );
}

function judge(answer: Buffer): void {
  const text = answer.toString("latin1");
  must(
    text === "" || /^HTTP\/1\.1 [1-5]\d\d /.test(text),
    `no answer in good form: ${JSON.stringify(text.slice(0, 80))}`,
  );
  must(!text.includes(TOKEN), "the token is in an answer");
  must(!text.includes("a fault of ours"), text.slice(-200));
}
