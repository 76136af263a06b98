/** Verbs of zonecast, run at a host of the lab. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { at } from "./host.ts";
import { cleanEnv } from "./process.ts";

export const ZONECAST: string = fileURLToPath(new URL("../../src/zonecast.js", import.meta.url));

/** What a verb has done. */
export interface Done {
  readonly code: number;
  readonly out: string;
  readonly complaint: string;
}

/** Runs a verb to its end. */
export function zonecast(host: string, args: readonly string[]): Promise<Done> {
  const [program, ...rest] = at(host, [process.execPath, ZONECAST, ...args]);
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], detached: true, env: cleanEnv() });
  const said = { out: "", complaint: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.complaint += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...said, code: code ?? 1 }));
  });
}

/** Runs a verb that must succeed; what it printed. Rejects with what it said. */
export async function mustZonecast(host: string, args: readonly string[]): Promise<string> {
  const { code, out, complaint } = await zonecast(host, args);
  if (code === 0) return out;
  throw new Error(`zonecast ${args.join(" ")} at ${host}: exit code ${code}: ${(complaint || out).trim()}`);
}
