/**
 * Answers that come back to us, of our own probes and of whoever proves a push: forged or broken, they are made out or are
 * no answer. Control frames of a dnstap reader, too. The first octet says which.
 */

import { isAnswer, queryOf, question } from "../../../src/anycast/probe/question.ts";
import { readReply } from "../../../src/anycast/probe/reply.ts";
import { readAnswer } from "../../../src/sync/rollout/proof.ts";
import { CONTENT_TYPE } from "../../../src/tap/dnstap.ts";
import { Control, controlFrame, readControl } from "../../../src/tap/framestream.ts";
import { DEFAULTS, makeServer, NOW, zoneFromFile } from "../../support/server.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const ID = 0x1234;
const SOA = question("company.example.", "SOA");
const QUERY = queryOf(SOA, ID);
const OPTIONS = [3, 10, 15, 19];

export function open(): Target {
  const { apex, zone } = zoneFromFile("zones/company.example.zone");
  const server = makeServer(new Map([[apex, zone]]), DEFAULTS);
  const asker = { transport: "udp" as const, address: Uint8Array.of(192, 0, 2, 1), seconds: NOW };
  const replies = [
    ["company.example.", "SOA"],
    ["company.example.", "TXT"],
    ["no.company.example.", "A"],
    ["x.", "A"],
  ].map(([name, type]) => server.ask(queryOf(question(name, type), ID), asker));
  const frames = [
    controlFrame(Control.ACCEPT, CONTENT_TYPE),
    controlFrame(Control.FINISH),
    controlFrame(Control.READY, "x".repeat(200)),
  ];
  return {
    name: "answer",
    most: 1300,
    seeds: [
      ...replies.flatMap((reply) => [0, 1].map((how) => Uint8Array.of(how, ...reply))),
      ...frames.map((frame) => Uint8Array.of(2, ...frame)),
    ],
    words: [
      Uint8Array.of(0xc0, 12),
      Uint8Array.of(0, 0, 41),
      Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      octetsOf(CONTENT_TYPE),
    ],
    check: (input) => {
      const octets = input.slice(1);
      if (((input[0] ?? 0) & 2) !== 0) frame(Buffer.from(octets));
      else reply(octets);
    },
  };
}

function reply(octets: Uint8Array): void {
  const read = readReply(octets);
  isAnswer(octets, SOA, ID);
  if (read !== undefined) {
    for (const code of OPTIONS)
      must((read.option(code)?.length ?? 0) <= octets.length, "an option that is longer than all");
    must(read.serial === undefined || (read.serial >= 0 && read.serial <= 0xffffffff), `serial ${read.serial}`);
    read.has(SOA.type);
  }
  const proof = readAnswer(Buffer.from(QUERY), Buffer.from(octets));
  if (proof !== undefined) JSON.stringify(proof);
}

function frame(octets: Buffer): void {
  let read: ReturnType<typeof readControl>;
  try {
    read = readControl(octets);
  } catch (error) {
    must((error as Error).message.includes("does not speak Frame Streams"), String(error));
    return;
  }
  if (read === undefined) return;
  must(read.length <= octets.length && read.length >= 12, `a frame of ${read.length} octets of ${octets.length}`);
  must(read.contentTypes.join("").length <= read.length, "more text than there are octets");
}
