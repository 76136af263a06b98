/**
 * Queries lost while processes take each other's place (serve --replace), at a rate: node test/bench/replace.ts [RATE]
 * [TIMES]. What the kernel drops because a queue is full is counted as lost too, so an idle machine is wanted.
 */

import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../transport/port.ts";
import { HIT, writeQueries } from "./queryfile.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const [rate = "20000", times = "5"] = process.argv.slice(2);
/** Seconds for one replacement, with time to settle. */
const EACH = 4;

const folder = mkdtempSync(join(tmpdir(), "zonecast-replace-"));
const port = await freePort();
writeFileSync(
  join(folder, "a.example.zone"),
  '$TTL 60\n@ SOA ns h 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\nwww TXT "v1"\n',
);
const load = join(folder, "load");
const sources = ["load.c", "loadudp.c", "loadtcp.c"].map((name) => join(import.meta.dirname, name));
if (spawnSync("cc", ["-O2", "-o", load, ...sources], { stdio: "inherit" }).status !== 0) process.exit(1);
const queries = join(folder, "queries");
writeQueries(queries, [{ name: "www.a.example", type: "TXT", expect: HIT }]);

/** Starts a server; resolves when it is ready. */
async function begin(...more: string[]): Promise<ChildProcess> {
  const places = ["--zones", folder, "--state", join(folder, "state"), "--listen", `127.0.0.1@${port}`];
  const child = spawn(process.execPath, [join(ROOT, "src/main.ts"), "serve", ...places, ...more], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  while (!text.includes("CH TXT id.server")) {
    if (child.exitCode !== null) throw new Error(text);
    await sleep(5);
  }
  return child;
}

let server = await begin();
const seconds = Number(times) * EACH;
const shape = ["sockets=32", "window=2048", `rate=${rate}`, "rest=25"];
const measured = promisify(execFile)(load, ["steady", queries, String(port), String(seconds), ...shape]);
for (let done = 0; done < Number(times); done++) {
  server = await begin("--replace");
  await sleep(500);
}
const { stdout } = await measured;
const { sent, lost, wrong, qps, p99_us: p99, max_us: max } = JSON.parse(stdout) as Record<string, number>;
process.stdout.write(
  `${times} replacements at ${qps} queries a second: ${sent} sent, ${lost} lost, ${wrong} wrong; p99 ${p99} µs, longest ${max} µs\n`,
);
server.kill("SIGTERM");
rmSync(folder, { recursive: true, force: true });
process.exit();
