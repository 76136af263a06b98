/**
 * Asks a POP itself what it serves: the SOA of a zone over UDP, with its name (NSID, RFC 5001). A report is a POP's
 * word; this is what a resolver would get, from the POP's own address.
 */

import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { decode, type Packet } from "dns-packet";
import { type Listen, listenFromText, listenToText } from "../../text/listen.ts";
import { absoluteName } from "../../text/name.ts";
import { errorCode } from "../../text/systemerror.ts";

/** What a POP was found to answer. */
export type Proof =
  /** `pop`: who says so, by its NSID. */
  | { readonly say: "serial"; readonly pop: string | undefined; readonly serial: number }
  /** An answer without the zone's SOA, or none of an authority's: its response code. */
  | { readonly say: "rcode"; readonly pop: string | undefined; readonly rcode: string }
  | { readonly say: "nothing"; readonly why: string };

/** Asks a POP at the addresses that it has named. */
export type Ask = (pop: string, addresses: readonly string[], zone: string) => Promise<Proof>;

export interface Asking {
  /** Milliseconds to wait for an answer, and how many questions are asked at one address. */
  readonly timeout: number;
  readonly tries: number;
  /** A whole number below `below`, which nobody can guess (RFC 5452 §4.5): node:crypto's randomInt. */
  random(below: number): number;
}

const HEADER = 12;
const NSID = 3;
/** Class IN, and type SOA. */
const SOA = [0, 6, 0, 1];
/** RFC 6891 §6.1.2: the root, OPT, 1232 octets, no flags, four octets: option NSID, empty (RFC 5001 §2.1). */
const OPT = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 4, 0, NSID, 0, 0];
/** Addresses of one POP that are tried. */
const ADDRESSES = 4;

/** Makes an Ask. It tries the addresses in turn until one is answered by the POP of that name, and never rejects. */
export function asker(asking: Asking): Ask {
  return async (pop, addresses, zone) => {
    let best: Proof = { say: "nothing", why: "it names no address to ask it at: set ask in its configuration" };
    for (const text of addresses.slice(0, ADDRESSES)) {
      const address = listenFromText(text);
      if (address === undefined) continue;
      const proof = await askSoa(zone, address, asking);
      if (proof.say !== "nothing" && proof.pop === pop) return proof;
      if (best.say === "nothing") best = proof;
    }
    return best;
  };
}

/** Asks for a zone's SOA at an address. Never rejects. */
export async function askSoa(zone: string, address: Listen, asking: Asking): Promise<Proof> {
  let proof: Proof = { say: "nothing", why: "" };
  for (let i = 0; i < asking.tries && proof.say === "nothing"; i++) {
    proof = await askOnce(soaQuery(asking.random(0x10000), zone), address, asking.timeout);
  }
  return proof;
}

/** Written by hand: dns-packet can't write a label with a dot or an octet above 127 in it. */
function soaQuery(id: number, zone: string): Buffer {
  const header = [id >>> 8, id & 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
  return Buffer.from([...header, ...absoluteName(zone), ...SOA, ...OPT]);
}

function askOnce(query: Buffer, address: Listen, timeout: number): Promise<Proof> {
  const where = listenToText(address);
  const socket = createSocket(isIPv6(address.address) ? "udp6" : "udp4");
  return new Promise<Proof>((resolve) => {
    const timer = setTimeout(() => resolve({ say: "nothing", why: `no answer from ${where}` }), timeout);
    const nothing = (why: string) => {
      clearTimeout(timer);
      resolve({ say: "nothing", why });
    };
    socket.once("error", (error) => nothing(whyUnreached(errorCode(error), where)));
    socket.on("message", (message) => {
      const proof = readAnswer(query, message);
      if (proof === undefined) return;
      clearTimeout(timer);
      resolve(proof);
    });
    // Connected: the kernel drops what others send, and says when nobody has the port.
    socket.connect(address.port, address.address, () => socket.send(query));
  }).finally(() => socket.close());
}

function whyUnreached(code: string, where: string): string {
  if (code === "ECONNREFUSED") return `nobody answers at ${where}`;
  return `${where} can't be reached from here (${code})`;
}

/** What an answer proves; undefined for a message that is no answer to the query. */
export function readAnswer(query: Buffer, message: Buffer): Proof | undefined {
  const asked = query.subarray(HEADER, query.length - OPT.length);
  if (message.length < HEADER + asked.length || message.readUInt16BE(0) !== query.readUInt16BE(0)) return undefined;
  if (!message.subarray(HEADER, HEADER + asked.length).equals(asked)) return undefined;
  let reply: Packet & { rcode?: string; flag_aa?: boolean };
  try {
    reply = decode(message);
  } catch {
    return undefined;
  }
  if (reply.type !== "response") return undefined;
  const pop = nsidOf(reply);
  const soa = reply.answers?.find(({ type }) => type === "SOA");
  if (soa?.type === "SOA" && reply.flag_aa === true) return { say: "serial", pop, serial: soa.data.serial ?? 0 };
  return { say: "rcode", pop, rcode: reply.rcode ?? "?" };
}

function nsidOf(reply: Packet): string | undefined {
  const opt = reply.additionals?.find(({ type }) => type === "OPT");
  if (opt?.type !== "OPT") return undefined;
  const option = opt.options.find(({ code }) => Number(code) === NSID);
  return option !== undefined && "data" in option ? Buffer.from(option.data as Uint8Array).toString() : undefined;
}
