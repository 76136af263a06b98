/** What the kernel tells of how much has come, and how much of that it has thrown away. Only Linux's does. */

import { readFile } from "node:fs/promises";
import type { Listen } from "../../text/listen.ts";
import { dropsOf, kernelForm } from "./sockets.ts";

/** What has come, and what of it was lost, since some time. */
export interface Tally {
  readonly came: number;
  readonly lost: number;
}

/** Counts that only rise. */
export interface KernelCounts {
  /** Datagrams that found the queues of our sockets full. */
  readonly drops: number;
  /** Packets of this machine, between the network and any socket. */
  readonly packets: Tally;
  /** TCP connections of this machine, at sockets that listen. */
  readonly connections: Tally;
}

/** Reads a file of /proc; "" when there is none. */
export type ReadProc = (file: string) => Promise<string>;

const readProc: ReadProc = (file) => readFile(file, "latin1").catch(() => "");

/** Columns of softnet_stat, in hex, a line for each processor. */
const PROCESSED = 0;
const DROPPED = 1;

export class Kernel {
  readonly #read: ReadProc;
  /** By socket, as last seen. */
  #sockets: ReadonlyMap<string, number> = new Map();
  /** A thread that is started again has other sockets, and what the old ones lost stays lost. */
  #drops = 0;

  constructor(read: ReadProc = readProc) {
    this.#read = read;
  }

  /** The counts now, with the drops of all sockets that had one of these addresses; undefined where the system does not tell. */
  async look(listen: readonly Listen[]): Promise<KernelCounts | undefined> {
    const files = ["udp", "udp6", "softnet_stat", "netstat", "snmp"].map((name) => this.#read(`/proc/net/${name}`));
    const [udp = "", udp6 = "", softnet = "", netstat = "", snmp = ""] = await Promise.all(files);
    if (udp === "" && udp6 === "") return undefined;
    const own = new Set(listen.map(kernelForm));
    const now = new Map([...dropsOf(udp, own), ...dropsOf(udp6, own)]);
    for (const [socket, drops] of now) this.#drops += Math.max(0, drops - (this.#sockets.get(socket) ?? 0));
    this.#sockets = now;
    return { drops: this.#drops, packets: packetsOf(softnet), connections: connectionsOf(netstat, snmp) };
  }
}

function packetsOf(softnet: string): Tally {
  let [came, lost] = [0, 0];
  for (const line of softnet.split("\n").filter((one) => one !== "")) {
    const columns = line.trim().split(/\s+/);
    // Those that found no room were not processed.
    lost += Number.parseInt(columns[DROPPED] ?? "0", 16);
    came += Number.parseInt(columns[PROCESSED] ?? "0", 16) + Number.parseInt(columns[DROPPED] ?? "0", 16);
  }
  return { came, lost };
}

/** "ListenDrops" are all SYNs and last packets of handshakes that were dropped, those for a full queue among them. */
function connectionsOf(netstat: string, snmp: string): Tally {
  const lost = named(netstat, "TcpExt").get("ListenDrops") ?? 0;
  return { came: (named(snmp, "Tcp").get("PassiveOpens") ?? 0) + lost, lost };
}

/** Two lines with the same first word: names, and their numbers. */
function named(text: string, head: string): ReadonlyMap<string, number> {
  const [names = [], numbers = []] = text
    .split("\n")
    .filter((line) => line.startsWith(`${head}: `))
    .map((line) => line.split(" ").slice(1));
  return new Map(names.map((name, i) => [name, Number(numbers[i])]));
}
