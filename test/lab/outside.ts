/**
 * The lab's door: process, mount and network namespaces of its own. The first process in them is the lab; when it ends,
 * however it does, the kernel ends all others, and the namespaces go with their links, mounts and files. So nothing is
 * left of a lab that was killed, and any number of labs may run at the same time.
 */

import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Not having what is needed, a command line that can't be understood. */
const USAGE = 2;
const NEEDED = ["unshare", "nsenter", "mount", "ip", "sysctl", "bird", "birdc", "dig"];
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Daemons are where users without rights don't look. */
const PATH = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Why there can be no lab here, as a sentence that says what to do; undefined when there can. */
export function whyNoLab(): string | undefined {
  if (process.platform !== "linux") return "the lab needs network namespaces: run it on Linux";
  const missing = NEEDED.filter(
    (program) => spawnSync("sh", ["-c", `command -v ${program}`], { env: { PATH } }).status !== 0,
  );
  if (missing.length > 0) {
    return `${missing.join(", ")} not found: install iproute2, bird2, util-linux, procps and bind9-dnsutils`;
  }
  const [program, ...args] = unshare(["true"]);
  const tried = spawnSync(program, args, { env: { PATH }, encoding: "utf8" });
  if (tried.status === 0) return undefined;
  return `no namespaces can be made here (${tried.stderr.trim()}): run it as root, or allow user namespaces`;
}

function unshare(command: readonly string[]): string[] {
  const rights = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return ["unshare", ...rights, "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", ...command];
}

/** Runs the lab with its orders until it ends; the exit code. */
export async function runInside(program: string, orders: string): Promise<number> {
  const why = whyNoLab();
  if (why !== undefined) {
    process.stderr.write(`npm run lab: ${why}\n`);
    return USAGE;
  }
  const [unsharing, ...args] = unshare([process.execPath, program, orders]);
  // The fourth descriptor is the lab's lifeline: it ends when this process does, in whatever way.
  const child = spawn(unsharing, args, {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
    env: { ...process.env, PATH },
  });
  const lifeline = child.stdio[3] as NodeJS.WritableStream | null;
  lifeline?.on("error", () => {});
  // Ctrl-C reaches the lab as well; whoever sends a signal to this process alone means the lab, too.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => lifeline?.end());
  return new Promise((resolve) => {
    child.once("error", (error) => {
      process.stderr.write(`npm run lab: ${error.message}\n`);
      resolve(1);
    });
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Runs a command at a host of the youngest lab of this machine; its exit code. */
export async function execIn([host, ...command]: readonly string[]): Promise<number> {
  const lab = labs().at(-1);
  if (host === undefined || lab === undefined) {
    const why =
      host === undefined
        ? "name a host: npm run lab -- exec c1 dig …"
        : "no lab is running: start one with npm run lab";
    process.stderr.write(`npm run lab: ${why}\n`);
    return USAGE;
  }
  const rights = process.getuid?.() === 0 ? [] : ["--user", "--preserve-credentials"];
  const enter = ["--target", String(lab), ...rights, "--mount", "--pid", "--net", `--wd=${ROOT}`];
  const asked = command.length > 0 ? command : [process.env.SHELL ?? "sh"];
  const child = spawn("nsenter", [...enter, "ip", "netns", "exec", host, ...asked], {
    stdio: "inherit",
    env: { ...process.env, PATH, PS1: `${host}# ` },
  });
  // Ctrl-C is for what runs there.
  process.on("SIGINT", () => {});
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}

/** Process ids of the labs that run: of the first process of each, the oldest first. */
export function labs(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isLab(pid))
    .sort((a, b) => a - b);
}

function isLab(pid: number): boolean {
  try {
    const [, program] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const inner = /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    return inner && program?.endsWith("/lab/inside.ts") === true;
  } catch {
    // It has ended, or is none of ours.
    return false;
  }
}
