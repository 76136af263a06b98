/** Asks addresses who they are and what they serve, over UDP and TCP: the words of each that answers. */

import { ask, type Protocol } from "../anycast/probe/ask.ts";
import { identityQuestion, type Question, question } from "../anycast/probe/question.ts";
import { type Reply, readReply } from "../anycast/probe/reply.ts";
import { CLOSED } from "../anycast/probe/whynotasked.ts";
import type { Listen } from "../text/listen.ts";
import { Option } from "../wire/edns.ts";
import { readU32 } from "../wire/header.ts";

export interface WhoAsking {
  readonly addresses: readonly Listen[];
  /** As the store writes it; undefined: only who answers is asked. */
  readonly zone: string | undefined;
  /** How often each address is asked over each transport: routers may bring the same address to several POPs. */
  readonly times: number;
  /** Milliseconds for an answer. */
  readonly timeout: number;
}

/** What one address said over one transport, in one round. */
export interface Word {
  readonly address: string;
  readonly port: number;
  readonly transport: Protocol;
  /** Milliseconds until all had come. */
  readonly ms: number;
  /** TXT of id.server (RFC 4892), and the identifiers of the answers to it and to the SOA question (RFC 5001). */
  readonly id: string | undefined;
  readonly nsid: readonly string[];
  /** The serial in ZONEVERSION (RFC 9660), and that in the SOA record. */
  readonly zoneversion: number | undefined;
  readonly serial: number | undefined;
  /** Response codes that are not NOERROR, each with its question. */
  readonly refused: readonly string[];
  /** Questions without an answer, and why; undefined when there are none. */
  readonly silent: string | undefined;
}

/** Everything, round after round: all addresses at once. */
export async function askWho(asking: WhoAsking): Promise<readonly Word[]> {
  const words: Word[] = [];
  for (let round = 0; round < asking.times; round++) {
    const each = asking.addresses.flatMap((address) => [
      oneWord("udp", address, asking),
      oneWord("tcp", address, asking),
    ]);
    words.push(...(await Promise.all(each)));
  }
  return words;
}

async function oneWord(transport: Protocol, address: Listen, { zone, timeout }: WhoAsking): Promise<Word> {
  const questions: Question[] = [identityQuestion()];
  if (zone !== undefined) questions.push({ ...question(zone, "SOA"), options: [Option.NSID, Option.ZONEVERSION] });
  const began = performance.now();
  const { replies, code } = await ask(transport, address, { questions, timeout });
  const ms = Math.round((performance.now() - began) * 10) / 10;
  const read = replies.map((octets) => octets && readReply(octets));
  const [identity, soa] = read;
  const missing = questions.filter((_, i) => read[i] === undefined).map(({ text }) => text);
  const why = () => `no answer to ${missing.join(" and ")}: ${whyNone(code, timeout)}`;
  return {
    ...{ address: address.address, port: address.port, transport, ms },
    id: identity?.txt,
    nsid: [...new Set(read.flatMap((reply) => reply?.nsid ?? []))],
    zoneversion: soa && zoneVersionOf(soa),
    serial: soa?.serial,
    refused: questions.flatMap(({ text }, i) => {
      const rcode = read[i]?.rcode ?? "NOERROR";
      return rcode === "NOERROR" ? [] : [`${rcode} for ${text}`];
    }),
    silent: missing.length === 0 ? undefined : why(),
  };
}

/** RFC 9660 §2: the labels of the zone's name, the type of version, and for type 0 the SOA's serial. */
function zoneVersionOf(reply: Reply): number | undefined {
  const data = reply.option(Option.ZONEVERSION);
  return data?.length === 6 && data[1] === 0 ? readU32(data, 2) : undefined;
}

function whyNone(code: string | undefined, timeout: number): string {
  switch (code) {
    case undefined:
      return `nothing came in ${timeout} ms`;
    case "ECONNREFUSED":
      return "nobody has this port there";
    case CLOSED:
    case "ECONNRESET":
    case "EPIPE":
      return "the connection was closed";
    case "ENETUNREACH":
    case "EHOSTUNREACH":
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return `it can't be reached from here (${code})`;
    default:
      return code;
  }
}
