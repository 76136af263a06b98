/** zonecast status at a POP itself, without the store. */

import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { directoryWith, run } from "../server/program.ts";

test("what the POP on this machine says, those zones first that are not as they should be", async () => {
  const state = directoryWith();
  const zones = [
    { zone: "a.example.", state: "serving", serial: 7, loaded: new Date().toISOString() },
    { zone: "b.example.", state: "stale", serial: 1, refused: "it has no NS" },
  ];
  const source = { store: "nats://store.example.net:4222", connected: false, why: "connection refused" };
  const overload = { seconds: 34, dropped: 62.5 };
  const said = { pop: "lhr1", version: "0.1.0", ready: true, source, zones, overload };
  const server = createServer((_, response) => response.end(JSON.stringify(said)));
  await new Promise<void>((resolve) => server.listen(join(state, "control.sock"), resolve));
  const text = await run(["status", "--state", state]);
  expect([text.code, text.stderr]).toEqual([1, ""]);
  expect(text.stdout.split("\n")).toEqual([
    "lhr1  zonecast 0.1.0  ready  2 zones, 1 not as they should be",
    "overloaded for 34 s: 62.5 % of the last ten seconds' queries were dropped",
    "nats://store.example.net:4222 not reached: connection refused",
    "",
    expect.stringMatching(/^ZONE {8}STATE {4}SERIAL {2}LOADED/),
    expect.stringMatching(/^b\.example\. {2}stale {4}1 .* it has no NS$/),
    expect.stringMatching(/^a\.example\. {2}serving {2}7 {7}\d s ago$/),
    "",
  ]);
  const json = await run(["status", "--control", join(state, "control.sock"), "--json"]);
  expect([json.code, JSON.parse(json.stdout)]).toEqual([1, said]);
  server.close();
  const none = await run(["status", "--control", join(state, "none.sock")]);
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("no POP listens at")]);
  expect((await run(["status", "--state", state, "--watch"])).code).toBe(2);
});
