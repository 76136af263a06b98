/** Asks an address over TLS who it is: the proof that it answers, as probe.ts has it for UDP and TCP. */

import { connect } from "node:tls";
import { identityQuestion, isAnswer, queryOf } from "../../anycast/probe/question.ts";
import { readReply } from "../../anycast/probe/reply.ts";
import type { Listen } from "../../text/listen.ts";
import { ALPN } from "../../transport/tls.ts";
import { readU16, writeU16 } from "../../wire/header.ts";

const TIMEOUT_MS = 5000;
/** RFC 1035 §4.2.2: the length before each message. */
const LENGTH = 2;
const ID = 853;

/** The identity that id.server gives there; rejects with an Error when there is no answer in time. */
export function askIdentityOverTls({ address, port }: Listen, timeout = TIMEOUT_MS): Promise<string> {
  const question = identityQuestion();
  const query = queryOf(question, ID);
  const length = new Uint8Array(LENGTH);
  writeU16(length, 0, query.length);
  return new Promise((resolve, reject) => {
    // As those who ask do (RFC 9539): whom the certificate is for is not asked.
    const socket = connect({ host: address, port, rejectUnauthorized: false, ALPNProtocols: [ALPN] });
    const finish = (end: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      end();
    };
    const timer = setTimeout(() => finish(() => reject(new Error("no answer in time"))), timeout);
    socket.once("error", (error) => finish(() => reject(error)));
    socket.once("end", () => finish(() => reject(new Error("closed before the answer"))));
    let have: Uint8Array = new Uint8Array(0);
    socket.on("data", (chunk: Buffer) => {
      have = Buffer.concat([have, chunk]);
      if (have.length < LENGTH || have.length < LENGTH + readU16(have, 0)) return;
      const message = have.subarray(LENGTH, LENGTH + readU16(have, 0));
      const txt = isAnswer(message, question, ID) ? readReply(message)?.txt : undefined;
      finish(() => (txt === undefined ? reject(new Error("not the answer to the question")) : resolve(txt)));
    });
    socket.write(Buffer.concat([length, query]));
  });
}
