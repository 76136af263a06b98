/** The control socket: what is asked through it, and who may. */

import { readFileSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { request } from "node:http";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Controlled, serveControl, Unusable } from "../../src/server/control.ts";
import type { PlanRequest } from "../../src/server/routes/planrequest.ts";
import { directoryWith } from "./program.ts";

const servers: Server[] = [];
const NOBODY: Controlled = { pop: "x", status: async function* () {}, standings: () => [], plan: () => undefined };

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A POP that takes plans for ns1, and the requests that it was given. */
async function controlled(): Promise<{ path: string; plans: PlanRequest[] }> {
  const path = join(directoryWith(), "control.sock");
  const plans: PlanRequest[] = [];
  const pop: Controlled = {
    pop: "lhr1",
    status: async function* () {
      yield '{"pop":"lhr1",';
      yield '"ready":true}\n';
    },
    standings: () => [],
    plan: (given) => {
      if (given.service !== "ns1") return "there is no such service here: there is ns1";
      plans.push(given);
      return undefined;
    },
  };
  servers.push(await serveControl(path, pop));
  return { path, plans };
}

function ask(socketPath: string, method: string, path: string, body = ""): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve([response.statusCode ?? 0, JSON.parse(text)]));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

test("says how the POP stands", async () => {
  const { path } = await controlled();
  expect(await ask(path, "GET", "/standings")).toEqual([200, { pop: "lhr1", standings: [] }]);
  expect(await ask(path, "GET", "/status")).toEqual([200, { pop: "lhr1", ready: true }]);
  expect((await ask(path, "GET", "/plan"))[0]).toBe(404);
});

test("takes a plan, with everything left out that may be", async () => {
  const { path, plans } = await controlled();
  const plan = { service: "ns1", to: "drain" };
  expect(await ask(path, "POST", "/plan", JSON.stringify(plan))).toEqual([200, { pop: "lhr1", standings: [] }]);
  expect(plans).toEqual([
    {
      service: "ns1",
      all: false,
      to: "drain",
      by: "somebody",
      why: undefined,
      for: undefined,
      both: false,
      force: false,
    },
  ]);
});

test("says why a plan is not followed", async () => {
  const { path } = await controlled();
  const plan = { service: "ns9", to: "drain" };
  expect(await ask(path, "POST", "/plan", JSON.stringify(plan))).toEqual([
    409,
    { error: "there is no such service here: there is ns1" },
  ]);
});

test.each([
  ["nothing", ""],
  ["no object", "7"],
  ["another goal", '{"to":"stop"}'],
  ["a time that is none", '{"to":"drain","for":"30m"}'],
  ["a time without end", '{"to":"drain","for":1e12}'],
  ["a flag of words", '{"to":"drain","force":"yes"}'],
  ["words without end", JSON.stringify({ to: "drain", why: "x".repeat(401) })],
  ["too much", JSON.stringify({ to: "drain", why: "x".repeat(1 << 20) })],
])("%s is refused", async (_, body) => {
  const { path, plans } = await controlled();
  const [code, said] = await ask(path, "POST", "/plan", body);
  expect([code, said]).toEqual([400, { error: expect.stringMatching(/^the request can't be read: ./) }]);
  expect(plans).toEqual([]);
});

test("nobody else may use it", async () => {
  const { path } = await controlled();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("what a killed server has left is taken over, a living one is not", async () => {
  const { path } = await controlled();
  await expect(serveControl(path, NOBODY)).rejects.toThrow(/another zonecast is running with it/);
  // A socket that nobody listens at any more.
  const left = join(directoryWith(), "control.sock");
  const { spawnSync } = await import("node:child_process");
  const code = `require("net").createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", code]);
  expect(statSync(left).isSocket()).toBe(true);
  servers.push(await serveControl(left, NOBODY));
  expect(await ask(left, "GET", "/standings")).toEqual([200, { pop: "x", standings: [] }]);
});

test("a file that is no socket is left as it is", async () => {
  const path = join(directoryWith({ "control.sock": "precious" }), "control.sock");
  await expect(serveControl(path, NOBODY)).rejects.toThrow(/a file is in its place: remove it/);
  await expect(serveControl(path, NOBODY)).rejects.toBeInstanceOf(Unusable);
  expect(readFileSync(path, "utf8")).toBe("precious");
});

test("a path that the system would cut off is refused", async () => {
  const path = join(directoryWith(), "x".repeat(108));
  await expect(serveControl(path, NOBODY)).rejects.toThrow(/choose a shorter path/);
});

test("a folder that can't be made is told of", async () => {
  const path = join(directoryWith({ state: "" }), "state/control.sock");
  await expect(serveControl(path, NOBODY)).rejects.toThrow(/^control socket .*: can't write: ./);
});

test("a fault of ours is told to who asked, and ends nothing", async () => {
  const path = join(directoryWith(), "control.sock");
  let asked = 0;
  const standings = () => {
    if (asked++ === 0) throw new RangeError("Invalid time value");
    return [];
  };
  servers.push(await serveControl(path, { ...NOBODY, standings }));
  expect(await ask(path, "GET", "/standings")).toEqual([500, { error: expect.stringMatching(/Invalid time value/) }]);
  expect(await ask(path, "GET", "/standings")).toEqual([200, { pop: "x", standings: [] }]);
});
