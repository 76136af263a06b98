/** A query that asks for the server's name (RFC 5001), and its answer: little work, as there are thousands a second. */

const NSID = 3;
const OPT = 41;

/** A query for the A of a name, with id 0. */
export function nsidQuery(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  const question = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
  const opt = [0, 0, OPT, 0x04, 0xd0, 0, 0, 0, 0, 0, 4, 0, NSID, 0, 0];
  return Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...question, 0, 0, 1, 0, 1, ...opt]);
}

export interface Answer {
  readonly id: number;
  readonly pop: string;
  /** NOERROR, with a record. */
  readonly right: boolean;
}

/** Reads an answer; undefined for what is none, or has no NSID. */
export function readAnswer(message: Buffer): Answer | undefined {
  try {
    const right = (message[3] & 15) === 0 && message.readUInt16BE(6) > 0;
    const pop = nsidOf(message);
    return pop === undefined ? undefined : { id: message.readUInt16BE(0), pop, right };
  } catch {
    // Cut off, or damaged.
    return undefined;
  }
}

function nsidOf(message: Buffer): string | undefined {
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  let at = afterName(message, 12) + 4;
  for (let i = 0; i < records; i++) {
    const fixed = afterName(message, at);
    const length = message.readUInt16BE(fixed + 8);
    const data = message.subarray(fixed + 10, fixed + 10 + length);
    if (message.readUInt16BE(fixed) === OPT) return optionOf(data);
    at = fixed + 10 + length;
  }
  return undefined;
}

function optionOf(data: Buffer): string | undefined {
  for (let at = 0; at + 4 <= data.length; at += 4 + data.readUInt16BE(at + 2)) {
    if (data.readUInt16BE(at) === NSID) return data.toString("latin1", at + 4, at + 4 + data.readUInt16BE(at + 2));
  }
  return undefined;
}

function afterName(message: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = message.readUInt8(at);
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
    if (length === 0) return at;
  }
}
