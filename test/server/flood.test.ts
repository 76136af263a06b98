/**
 * A real flood of several times what the program can answer, on the one processor that both have: its route stays, as it
 * answers what it can; operators are answered; and those who ask see what is going on.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { setPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { notInstalled } from "../bench/workplace.ts";
import { hasNode24, have } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { directoryWith, ready, start } from "./program.ts";
import { Router } from "./routes/router.ts";
import { zoneText } from "./zonetext.ts";

const PREFIX = "127.0.53.0/24";
const ADDRESS = "127.0.53.53";
const FLOOD_S = 4;
/** What operators may have to wait; the promise is far more than it takes, for machines that do other things as well. */
const PATIENCE_MS = 2000;

/** The first processor that we may run on, for taskset. */
function processor(): string {
  const allowed = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "latin1"));
  return allowed?.[1] ?? "0";
}

/** The system's number for a thread of a process. */
function threadOf(pid: number, name: string): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return Number(tasks.find((task) => readFileSync(`/proc/${pid}/task/${task}/comm`, "latin1") === `${name}\n`));
}

/** The body of a page; undefined when it does not come in time. */
function page(port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get({ port, path, host: "127.0.0.1", timeout: PATIENCE_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(text));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
  });
}

const runs = hasNode24() && process.platform === "linux" && have("taskset", notInstalled(["taskset"]).length === 0);

test.skipIf(!runs)(
  "a flood takes most queries, and neither the route nor the operators",
  { timeout: 60_000 },
  async () => {
    const router = await Router.start([PREFIX]);
    const [port, admin] = [await freePort(ADDRESS), await freePort()];
    const lines = [
      `listen: [${ADDRESS}@${port}]`,
      "workers: 1",
      "zones: [.]",
      "state: state",
      `admin: 127.0.0.1@${admin}`,
      "anycast:",
      "  as: 64500",
      `  prefixes: [{ prefix: ${PREFIX}, service: ns1 }]`,
      `  bgp: { neighbours: [{ at: 127.0.0.1@${router.port}, as: 64500 }] }`,
      "  require: [{ zone: a.example, exists: www.a.example TXT }]",
    ];
    const folder = directoryWith({ "pop.yaml": `${lines.join("\n")}\n`, "a.example.zone": zoneText(1) });
    const pinned = ["taskset", "-c", processor()];
    const program = start(["serve", "--config", join(folder, "pop.yaml"), "--pop", "lhr1"], {}, pinned);
    await ready(program);
    await until(() => router.table.get(PREFIX) === "up", "the route");

    // A tenth of what the flooder has of the processor: the flood is many times what it can answer.
    setPriority(threadOf(program.child.pid ?? 0, "udp-1"), 10);
    const [command = "", ...rest] = [...pinned, process.execPath, join(import.meta.dirname, "flooder.ts")];
    const flood = spawn(command, [...rest, ADDRESS, String(port), String(FLOOD_S)], { stdio: "inherit" });
    let over = false;
    const flooded = once(flood, "exit").finally(() => {
      over = true;
    });
    let [metrics, answered]: [string, number] = ["", 0];
    while (!over) {
      for (const path of ["/readyz", "/status", "/metrics"]) {
        const text = await page(admin, path);
        expect(text, path).toBeDefined();
        answered++;
        if (path === "/metrics") metrics = text ?? "";
      }
      await sleep(200);
    }
    expect(await flooded).toEqual([0, null]);
    expect(answered).toBeGreaterThan(8);
    expect(program.log("overload.began")).toHaveLength(1);
    expect(metrics).toMatch(/^zonecast_overloaded\{pop="lhr1"\} 1$/m);
    const dropped = /^zonecast_dropped_total\{reason="kernel",pop="lhr1"\} (\d+)$/m.exec(metrics)?.[1];
    const taken = /^zonecast_queries_total\{transport="udp",family="4",type="TXT",pop="lhr1"\} (\d+)$/m.exec(
      metrics,
    )?.[1];
    // It was a flood.
    expect(Number(dropped)).toBeGreaterThan(Number(taken) * 3);
    expect(router.story).toEqual([`${PREFIX} up`]);
    expect(program.log("health.down")).toEqual([]);
  },
);
