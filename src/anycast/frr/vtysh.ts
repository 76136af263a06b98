/** FRR's shell, as a child process: several commands in one call. */

import { type ExecFileException, execFile } from "node:child_process";
import { DaemonTrouble } from "../lease/daemon.ts";

/** Milliseconds for a call; measured: 25 with a small configuration, of which 20 are processor time. */
const PATIENCE = 5000;
/** Octets: a running configuration is a few hundred kilobytes at most. */
const MOST = 64 * 1024 * 1024;

export const NO_BGP = "FRR has no BGP instance: add router bgp AS to frr.conf (deploy/frr has an example)";
const NOBODY = /failed to connect to any daemons|bgpd is not running/i;

/** Runs the commands in bgpd; what they print. Throws DaemonTrouble. `vtysh`: the command, and its first arguments. */
export function runVtysh(vtysh: readonly string[], commands: readonly string[]): Promise<string> {
  const [program, ...first] = vtysh;
  // Only bgpd: others of FRR's daemons need not run, and are not asked.
  const args = [...first, "-d", "bgpd", ...commands.flatMap((command) => ["-c", command])];
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: PATIENCE, killSignal: "SIGKILL", maxBuffer: MOST }, (error, stdout, stderr) => {
      if (error) reject(troubleFrom(program, error, `${stderr}\n${stdout}`));
      else resolve(stdout);
    });
  });
}

function troubleFrom(program: string, error: ExecFileException, output: string): DaemonTrouble {
  return new DaemonTrouble(whyNoFrr(program, error, output), NOBODY.test(output));
}

/** Why a call has failed, and what to do. */
function whyNoFrr(program: string, error: ExecFileException, output: string): string {
  if (error.code === "ENOENT")
    return `no such command: ${program}: install FRR, or name its vtysh in anycast.frr.vtysh`;
  if (error.code === "EACCES") return `${program} may not be run: give the user that runs zonecast the right to`;
  if (error.killed) return `${program} did not end within ${PATIENCE} ms: see whether bgpd hangs, and restart it if so`;
  if (NOBODY.test(output)) {
    return "vtysh finds no bgpd: see whether FRR runs with bgpd=yes in its daemons file, and add the user that runs zonecast to the group frrvty";
  }
  if (/No BGP process is configured|Please specify ASN/i.test(output)) {
    return NO_BGP;
  }
  const line = output.split("\n").find((one) => one.trim() !== "");
  return `FRR refuses: ${line?.trim() ?? error.message}`;
}
