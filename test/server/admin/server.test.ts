/** The admin server over real sockets: what it takes, what it refuses, and that nothing ends it. */

import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import type { Page } from "../../../src/server/admin/page.ts";
import { until } from "../../transport/stream.ts";
import { opened } from "./asked.ts";

vi.setConfig({ testTimeout: 20_000 });

const words: Page = { path: "/words", handle: (_, response) => void response.end("words\n") };

test("/healthz says that the process lives, and which POP it is; HEAD says the same without a body", async () => {
  const { get } = await opened();
  const answer = await get("/healthz");
  expect([answer.status, await answer.json()]).toEqual([200, { ok: true, pop: "pop1", version: "1.2.3" }]);
  const head = await get("/healthz", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect(head.headers.get("content-length")).toBe(answer.headers.get("content-length"));
});

test("/ lists what there is: links for a browser, JSON for others", async () => {
  const { get } = await opened([words]);
  expect(await (await get("/")).json()).toEqual({ pop: "pop1", version: "1.2.3", pages: ["/healthz", "/words"] });
  const html = await get("/", { headers: { accept: "text/html,*/*" } });
  expect(html.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(await html.text()).toContain('<a href="/words">/words</a>');
});

test("every answer is one that browsers only show: refusals and pages alike", async () => {
  const { get } = await opened([words]);
  for (const path of ["/", "/words", "/healthz", "/nothing"]) {
    const { headers } = await get(path);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("content-security-policy"), path).toMatch(/^default-src 'self';.*frame-ancestors 'none'$/);
    expect(headers.get("cache-control"), path).toBe("no-store");
  }
});

test("a page that ends with / has all below it, the longest one wins, and its address without / leads there", async () => {
  const tree = (path: string): Page => ({
    path,
    handle: ({ url }, response) => void response.end(`${path} has ${url}`),
  });
  const { get } = await opened([tree("/dashboard/"), tree("/dashboard/data/"), words]);
  const text = async (path: string) => (await get(path)).text();
  expect(await text("/dashboard/")).toBe("/dashboard/ has /dashboard/");
  expect(await text("/dashboard/app.js?v=1")).toBe("/dashboard/ has /dashboard/app.js?v=1");
  expect(await text("/dashboard/data/fleet")).toBe("/dashboard/data/ has /dashboard/data/fleet");
  const moved = await get("/dashboard", { redirect: "manual" });
  expect([moved.status, moved.headers.get("location")]).toEqual([308, "/dashboard/"]);
  for (const path of ["/dashboar", "/words/more", "/nothing"]) {
    const answer = await get(path);
    expect(answer.status, path).toBe(404);
    expect(await answer.json()).toEqual({ error: `there is no ${path}; GET / lists what there is` });
  }
});

test("only GET and HEAD, without a body, and with a URL and a head of a size", async () => {
  const { get, raw } = await opened([words]);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const answer = await get("/words", { method });
    expect([method, answer.status, answer.headers.get("allow")]).toEqual([method, 405, "GET, HEAD"]);
  }
  expect((await get(`/words?${"x".repeat(1100)}`)).status).toBe(414);
  expect((await get("/words", { headers: { "x-large": "x".repeat(9000) } })).status).toBe(431);
  const head = "GET /words HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const more of [
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\nExpect: 100-continue\r\n",
  ]) {
    const { text } = await raw(`${head}${more}\r\n`);
    expect(text, more).toMatch(/^HTTP\/1\.1 413 /);
    expect(text, more).toMatch(/^connection: close\r$/im);
  }
  expect((await raw("no HTTP at all\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 400 /);
  expect(await (await get("/words")).text()).toBe("words\n");
});

test("without a token, a name that is not ours is refused: a web page's own could lead to this address", async () => {
  const { raw } = await opened([words]);
  const status = async (host: string) =>
    (await raw(`GET /words HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).text.slice(9, 12);
  for (const host of ["127.0.0.1", "127.0.0.1:9053", "localhost:9053", "[::1]:9053", ""]) {
    expect([host, await status(host)]).toEqual([host, "200"]);
  }
  for (const host of ["evil.example", "evil.example:9053", "127.0.0.1.evil.example"]) {
    expect([host, await status(host)]).toEqual([host, "421"]);
  }
});

test("who sends a request slowly is cut off, and who never sends one", async () => {
  // Late requests are looked for once in the time that they have: the idle limit must not come between.
  const slow = await opened([words], undefined, { request: 300, idle: 4000 });
  const late = await slow.raw("GET /words HTTP/1.1\r\nHost: ");
  expect(late.text).toMatch(/^HTTP\/1\.1 408 /);
  expect(late.ms).toBeLessThan(5000);
  const idle = await opened([words], undefined, { request: 4000, idle: 600 });
  const silent = await idle.raw("");
  expect(silent.text).not.toContain("200");
  expect(silent.ms).toBeLessThan(5000);
});

test("who takes an answer slowly is cut off", async () => {
  const chunk = Buffer.alloc(1 << 20);
  let closed = 0;
  const large: Page = {
    path: "/large",
    handle(_, response) {
      response.once("close", () => closed++);
      for (let i = 0; i < 32; i++) response.write(chunk);
      response.end();
    },
  };
  const { port } = await opened([large], undefined, { idle: 400 });
  const socket = connect(port, "127.0.0.1", () => socket.write("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  socket.on("error", () => {});
  socket.pause();
  await until(() => closed === 1, "the answer to be given up", 5000);
  socket.destroy();
});

test("a page that never ends is given up", async () => {
  const { get } = await opened([{ path: "/never", handle: () => {} }], undefined, { answer: 200 });
  await expect(get("/never")).rejects.toThrow();
});

test("an address has a share of the connections, and there are so many in all", async () => {
  for (const limits of [{ perAddress: 3 }, { connections: 3 }]) {
    const { port, get } = await opened([words], undefined, { idle: 5000, ...limits });
    const sockets = Array.from({ length: 6 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    const isOpen = () => sockets.filter((socket) => !socket.destroyed).length;
    for (const socket of sockets) socket.resume();
    await until(() => isOpen() === 3, "what is too many to be closed", 5000);
    for (const socket of sockets) socket.destroy();
    await until(
      () =>
        get("/words").then(
          async (answer) => (await answer.text()) === "words\n",
          () => false,
        ),
      "one to be served again",
      5000,
    );
  }
});

test("a page that fails costs its answer only, and is told of once in a while", async () => {
  const { get, told } = await opened([
    {
      path: "/throws",
      handle: () => {
        throw new Error("at once");
      },
    },
    { path: "/rejects", handle: () => Promise.reject(new Error("later")) },
    {
      path: "/breaks",
      async handle(_, response) {
        response.write("begun");
        throw new Error("in the middle");
      },
    },
    words,
  ]);
  const answer = await get("/throws");
  expect([answer.status, await answer.json()]).toEqual([500, { error: "a fault of ours, please report it: at once" }]);
  expect((await get("/rejects")).status).toBe(500);
  await expect(get("/breaks").then((broken) => broken.text())).rejects.toThrow();
  expect(await (await get("/words")).text()).toBe("words\n");
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ level: "error", event: "admin.fault", facts: { page: "/throws" } });
});
