/** Asks a server who it is, through real sockets: the proof that it answers before it is called ready. */

import { ask } from "../anycast/probe/ask.ts";
import { identityQuestion } from "../anycast/probe/question.ts";
import { readReply } from "../anycast/probe/reply.ts";
import type { Listen } from "../text/listen.ts";

const TIMEOUT_MS = 2000;

/** The identity that id.server gives at an address; rejects with an Error when there is no answer in time. */
export async function askIdentity(listen: Listen, protocol: "udp" | "tcp", timeout = TIMEOUT_MS): Promise<string> {
  const { replies, code } = await ask(protocol, listen, { questions: [identityQuestion()], timeout });
  const [octets] = replies;
  if (octets === undefined) throw new Error(code ?? "no answer in time");
  const txt = readReply(octets)?.txt;
  if (txt === undefined) throw new Error("not the answer to the question");
  return txt;
}
