/**
 * An order as the store keeps it: a mark with the format, the length of the JSON, the JSON, and its signature. The mark is
 * signed with the rest and is another one than a manifest's, so that neither can be taken for the other.
 *
 *   "ZCO" format   4 octets
 *   length         4, of the JSON, most significant first
 *   JSON           { key, order }
 *   signature      64, of all before it
 */

import { keyId, SIGNATURE, type Signer, type Trust } from "../manifest/keys.ts";
import { type Order, orderFault } from "./order.ts";

const MARK = "ZCO";
const FORMAT = 1;
const HEAD = 8;
/** What keyId makes. */
const KEY_ID = /^[0-9a-f]{16}$/;

/** A message that is not taken, as a sentence. "future": of a later format; "forged": not signed by a trusted key. */
export class OrderError extends Error {
  readonly kind: "future" | "forged" | "damaged";

  constructor(kind: OrderError["kind"], message: string) {
    super(message);
    this.name = "OrderError";
    this.kind = kind;
  }
}

/** Signs an order and puts its message together. Throws RangeError for one that nobody would take. */
export function orderMessage(order: Order, signer: Signer): Uint8Array {
  const fault = orderFault(order);
  if (fault !== undefined) throw new RangeError(`no order to sign: ${fault}`);
  const json = Buffer.from(JSON.stringify({ key: keyId(signer.publicKey), order }));
  const head = Buffer.alloc(HEAD);
  head.write(MARK, 0, "latin1");
  head[MARK.length] = FORMAT;
  head.writeUInt32BE(json.length, MARK.length + 1);
  const signed = Buffer.concat([head, json]);
  return Buffer.concat([signed, signer.sign(signed)]);
}

/** Opens a message to a POP and checks its signature. Throws OrderError. */
export function openOrder(pop: string, octets: Uint8Array, trust: Trust): Order {
  const message = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const end = endOfJson(pop, message);
  const { key, order } = readJson(pop, message.subarray(HEAD, end));
  if (!trust.verify(key, message.subarray(0, end), message.subarray(end))) {
    const why = trust.knows(key)
      ? "its signature is wrong: it was changed after it was signed"
      : `key ${key} signed it, which is not trusted here: add its public key to store.trust`;
    throw new OrderError("forged", `an order to ${pop} is not taken: ${why}; give it again`);
  }
  const fault = orderFault(order);
  if (fault !== undefined) {
    // Whoever has signed this had meant it to be read.
    const text = `an order to ${pop} is not as this zonecast knows them: ${fault}: upgrade this one, and give it again`;
    throw new OrderError("future", text);
  }
  const read = order as Order;
  if (read.pop !== pop) {
    throw new OrderError("forged", `an order to ${pop} is not taken: it is one to ${shown(read.pop)}; give it again`);
  }
  return read;
}

/** What says it is a POP's name may be anything, and is shown on somebody's terminal. */
function shown(name: string): string {
  return name.slice(0, 63).replace(/\p{Cc}/gu, "?");
}

/** Where the JSON ends. */
function endOfJson(pop: string, message: Buffer): number {
  if (message.length < HEAD || message.toString("latin1", 0, MARK.length) !== MARK) {
    throw damaged(pop, "it is no order");
  }
  const format = message[MARK.length];
  if (format > FORMAT) {
    const text = `an order to ${pop} has format ${format}, and this zonecast reads ${FORMAT}: upgrade this one first`;
    throw new OrderError("future", text);
  }
  const end = HEAD + message.readUInt32BE(MARK.length + 1);
  if (format < FORMAT || message.length !== end + SIGNATURE) throw damaged(pop, "it is cut short");
  return end;
}

/** What is to be verified yet: the key is in the JSON. */
function readJson(pop: string, json: Buffer): { readonly key: string; readonly order: unknown } {
  try {
    const read = JSON.parse(json.toString()) as { readonly key?: unknown; readonly order?: unknown };
    // It goes into messages and logs before anybody has vouched for it.
    if (typeof read.key === "string" && KEY_ID.test(read.key)) return { key: read.key, order: read.order };
  } catch {
    // Said below.
  }
  throw damaged(pop, "its head can't be read");
}

function damaged(pop: string, why: string): OrderError {
  return new OrderError("damaged", `an order to ${pop} is damaged: ${why}; give it again`);
}
