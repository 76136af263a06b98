/** The keeper of zone files, as the server around it may use it. */

import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { expect, test } from "vitest";
import { ZoneKeeper } from "../../src/server/zonekeeper.ts";
import { directoryWith } from "./program.ts";
import { zoneText } from "./zonetext.ts";

test("told to look before it has started, as by SIGHUP while addresses are waited for, it starts all the same", async () => {
  const directory = directoryWith({ "a.example.zone": zoneText(1) });
  const keeper = new ZoneKeeper({ directories: [directory], files: [] }, pino({ enabled: false }), () => {});
  keeper.rescan();
  await sleep(200);
  expect([...keeper.names()]).toEqual([]);
  await keeper.start();
  expect([...keeper.names()]).toEqual([["a.example.", true]]);
  await keeper.close();
});
