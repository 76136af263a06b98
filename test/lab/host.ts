/** Network namespaces: made from the topology, run in, and cut off. All are the lab's own and go when it goes. */

import { spawn } from "node:child_process";
import { addressOn, HOSTS, LINKS, neighboursOf, POPS, ROUTERS, SERVED, transitOf } from "./topology.ts";

/** A wrong address for frames: whoever gets them drops them, and no carrier is lost. */
const NOBODY = "02:00:00:00:00:99";

/** Runs a program to its end; what it printed. Rejects with what it complained of. */
export function run(command: readonly string[], input = ""): Promise<string> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  let out = "";
  let complaint = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command.join(" ")}: ${complaint.trim() || `exit code ${code}`}`));
    });
  });
}

/** The command line that runs a program at a host. */
export function at(host: string, command: readonly string[]): string[] {
  return ["ip", "netns", "exec", host, ...command];
}

/** Makes all hosts with their links and addresses. */
export async function makeHosts(): Promise<void> {
  await batch(
    [],
    HOSTS.map((host) => `netns add ${host}`),
  );
  // Before there are links, which take their settings from "default".
  await Promise.all(HOSTS.map((host) => run(at(host, ["sysctl", "-qw", ...settingsOf(host)]))));
  await batch(
    [],
    LINKS.map(({ ends: [a, b] }) => `link add name ${b} netns ${a} type veth peer name ${a} netns ${b}`),
  );
  await Promise.all(HOSTS.map((host) => batch(["-n", host], addressesOf(host))));
}

function batch(flags: readonly string[], lines: readonly string[]): Promise<string> {
  return run(["ip", ...flags, "-batch", "-"], `${lines.join("\n")}\n`);
}

function settingsOf(host: string): string[] {
  const router = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];
  // Which of two equal paths a query takes goes by its ports, too: clients see both.
  const spread = ["net.ipv4.fib_multipath_hash_policy=1", "net.ipv6.fib_multipath_hash_policy=1"];
  const ready = ["accept_dad=0", "keep_addr_on_down=1"].flatMap((one) =>
    ["all", "default"].map((which) => `net.ipv6.conf.${which}.${one}`),
  );
  return ROUTERS.includes(host) ? [...ready, ...router, ...spread] : ready;
}

function addressesOf(host: string): string[] {
  const links = neighboursOf(host).flatMap((other) => {
    const { v4, v6 } = addressOn(host, other);
    return [`addr add ${v4}/30 dev ${other}`, `addr add ${v6}/64 dev ${other} nodad`, `link set ${other} up`];
  });
  const served = POPS.some(({ name }) => name === host)
    ? SERVED.map(
        ({ address, family }) => `addr add ${address}/${family === 4 ? 32 : 128} dev lo${family === 4 ? "" : " nodad"}`,
      )
    : [];
  return ["link set lo up", ...links, ...(ROUTERS.includes(host) ? [] : defaultRoutes(host)), ...served];
}

function defaultRoutes(host: string): string[] {
  const transit = transitOf(host);
  const { v4, v6 } = addressOn(transit, host);
  return [`route add default via ${v4}`, `route add ::/0 via ${v6}`];
}

/** A host's uplink loses its carrier, or gets it back. */
export async function setCarrier(host: string, up: boolean): Promise<void> {
  await run(["ip", "-n", transitOf(host), "link", "set", host, up ? "up" : "down"]);
}

/** All that goes over a host's uplink is lost without a sign, both ways; or is not lost any more. */
export async function setSilent(host: string, silent: boolean): Promise<void> {
  const transit = transitOf(host);
  const sides = [
    [host, transit],
    [transit, host],
  ] as const;
  await Promise.all(
    sides.map(async ([here, there]) => {
      const { v4, v6 } = addressOn(there, here);
      const lines = [v4, v6].map((address) =>
        silent
          ? `neigh replace ${address} lladdr ${NOBODY} dev ${there} nud permanent`
          : `neigh del ${address} dev ${there}`,
      );
      await batch(["-n", here], lines);
    }),
  );
}
