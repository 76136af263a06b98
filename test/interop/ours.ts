import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { ZoneSource } from "./peerconfig.ts";
import { answers, answersFor, type Served } from "./peers.ts";
import { freePort, remove, start } from "./process.ts";

const root = resolve(import.meta.dirname, "../..");

/**
 * Starts our server with the given zones. When the files stand in one directory under the names the server looks for,
 * it is told the directory, as its users do; otherwise a configuration file lists them.
 */
export async function startOurs(zones: readonly ZoneSource[]): Promise<Served> {
  const dir = await mkdtemp(join(tmpdir(), "interop-ours-"));
  const port = await freePort();
  const args = oneDirectory(zones) ?? (await configured(zones, dir));
  const command = ["src/main.ts", "serve", ...args, "--listen", `127.0.0.1@${port}`, "--pop", "test1"];
  const running = start(join(root, "node_modules/.bin/node"), command, root);
  const served: Served = {
    name: "ours",
    port,
    log: running.log,
    stop: async () => {
      await running.stop();
      await remove(dir);
    },
  };
  try {
    await answers(running, port, { name: "id.server.", type: "TXT", class: 3 }, () => true);
    // It tells its name before the last zone is loaded; until then that zone's answer is SERVFAIL.
    for (const zone of zones) await answersFor(running, port, zone.origin);
  } catch (error) {
    await served.stop();
    throw error;
  }
  return served;
}

function oneDirectory(zones: readonly ZoneSource[]): string[] | undefined {
  const dirs = new Set(zones.map(({ file }) => dirname(file)));
  const named = zones.every(({ origin, file }) => basename(file) === `${origin.replace(/\.$/, "")}.zone`);
  return dirs.size === 1 && named ? ["--zones", [...dirs][0]!] : undefined;
}

async function configured(zones: readonly ZoneSource[], dir: string): Promise<string[]> {
  const file = join(dir, "pop.yaml");
  const list = zones.map(({ origin, file: path }) => `  - { name: ${origin.replace(/\.?$/, ".")}, file: ${path} }\n`);
  await writeFile(file, `pop: test1\nzones:\n${list.join("")}`);
  return ["--config", file];
}
