/**
 * What a NATS server hands over: messages of the streams by subject, headers and acknowledgement subject. Whatever they
 * say, each is a record of ours or none, and what it leads to is bounded. Four lines of a case are those; the rest is data.
 */

import { headers, type Msg } from "@nats-io/transport-node";
import { recordOf, sequencesOf, sequencesText } from "../../../src/sync/store/natsintent.ts";
import { delivered } from "../../../src/sync/store/natsmessage.ts";
import { readPosition, revisionOf } from "../../../src/sync/store/natsrevision.ts";
import { zoneKey } from "../../../src/sync/store/zonekey.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 600;
const SEQUENCES_MOST = 2 ** 16;
const REPLY = "$JS.ACK.KV_zones.c.1.17.3.1780000000000000000.4";
const SUBJECTS = ["$KV.zones.example.com", "$KV.zones.=root", "$KV.zones.=2aa.example", "$KV.zones.=txn.abc", "x"];
const DATA = ["17-19,25", "1", "", "1-9007199254740991", "9-1", "0x10,1e9,-5,Infinity", "1-65536,1-65536"];

export function open(): Target {
  const heads = [
    "Zonecast-Txn:abc 3",
    "Zonecast-Prev:12 40",
    "Zonecast-Depth:2",
    "Zonecast-Decision:commit",
    "KV-Operation:DEL",
  ];
  const cases = SUBJECTS.flatMap((subject, i) => [
    [subject, REPLY, heads.slice(0, 3).join("|"), DATA[i]],
    [subject, REPLY.replace(".KV", ".dom.acc.KV"), heads[3 + (i % 2)], DATA[DATA.length - 1 - i]],
  ]);
  return {
    name: "nats",
    most: MOST,
    seeds: cases.map((lines) => octetsOf(lines.join("\n"))),
    words: [...heads, ...SUBJECTS, ...DATA, "=2e", "=00", ".", "-", ",", "\n", "|", "Nats-Msg-Id:x"].map(octetsOf),
    check,
  };
}

function check(input: Uint8Array): void {
  const [subject = "", reply = "", heads = "", ...rest] = Buffer.from(input).toString("latin1").split("\n");
  const data = octetsOf(rest.join("\n"));
  const given = headersOf(heads);
  const got = delivered({ subject, reply, headers: given, data } as unknown as Msg);
  const record = recordOf({ subject, seq: 17, at: 0, headers: given, data });
  if (got !== undefined) must(got.message.data === data, "other data than came");
  judgeSequences(data);
  if (record === undefined || record.is === "decision") return;
  // A zone has one key.
  must(subject.endsWith(zoneKey(record.zone)), `${subject} is not ${record.zone}`);
  if (record.is === "intent") readPosition(revisionOf(record.previous.seq, 0, record.index));
}

function judgeSequences(data: Uint8Array): void {
  const sequences = sequencesOf(data);
  must(sequences.length <= SEQUENCES_MOST && sequences.every(Number.isSafeInteger), `${sequences.length} sequences`);
  must(
    sequencesOf(octetsOf(sequencesText(sequences))).join() === sequences.toSorted((a, b) => a - b).join(),
    "others again",
  );
}

function headersOf(text: string) {
  const made = headers();
  for (const line of text.split("|")) {
    const colon = line.indexOf(":");
    try {
      if (colon > 0) made.append(line.slice(0, colon), line.slice(colon + 1));
    } catch {
      // The client's library takes no such header off the wire either.
    }
  }
  return made;
}
