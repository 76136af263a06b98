/**
 * A stream of octets cut anywhere, as TCP and TLS hand it over: the messages that come out are those that a plain reading
 * of the whole gives, in order, however it was cut and wherever the reader was told to wait. The first octet says how.
 */

import { Framer } from "../../../src/transport/framer.ts";
import { queryFromText } from "../../support/query.ts";
import { Random } from "../engine/random.ts";
import { must, type Target } from "../engine/target.ts";

const MOST = 3000;

export function open(): Target {
  const query = queryFromText("www.company.example. A +dnssec").bytes;
  const framed = Uint8Array.of(0, query.length, ...query);
  const large = Uint8Array.of(3, 0, ...new Uint8Array(0x300).fill(7));
  const seeds = [
    [framed],
    [framed, framed, framed],
    [Uint8Array.of(0, 0)],
    [large, framed],
    [Uint8Array.of(0xff, 0xff, 1)],
  ];
  return {
    name: "stream",
    most: MOST,
    seeds: seeds.flatMap((parts) =>
      [0, 1, 7, 200].map((how) => Uint8Array.from(Buffer.concat([Uint8Array.of(how), ...parts]))),
    ),
    words: [framed, large, Uint8Array.of(0, 0), Uint8Array.of(0, 1), Uint8Array.of(2, 0), Uint8Array.of(255, 255)],
    check,
  };
}

function check(input: Uint8Array): void {
  const how = input[0] ?? 0;
  const octets = input.subarray(1);
  const wanted = plainly(octets);
  const random = new Random(how);
  const framer = new Framer();
  let number = 0;
  let pauses = 0;
  const each = (message: Uint8Array, length: number): boolean => {
    must(number < wanted.length, "more messages than there are");
    must(
      message.length === length && Buffer.compare(message, wanted[number]) === 0,
      `message ${number} is another one`,
    );
    number++;
    // One time in four the reader waits, and is given the rest again.
    const wait = random.once(4);
    if (wait) pauses++;
    return !wait;
  };
  for (let at = 0; at < octets.length; ) {
    const size = how === 0 ? octets.length : 1 + random.below(how < 8 ? how : how * 8);
    let rest: Uint8Array | undefined = octets.subarray(at, at + size);
    at += rest.length;
    while (rest !== undefined) {
      const left: number = rest.length;
      const before = pauses;
      rest = framer.take(rest, each);
      must((rest !== undefined) === pauses > before, "a rest without a wait, or a wait without a rest");
      must(rest === undefined || rest.length < left, "nothing was taken");
    }
  }
  must(number === wanted.length, `${number} messages of ${wanted.length}`);
}

/** RFC 1035 §4.2.2, read in one go. */
function plainly(octets: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at + 2 <= octets.length; ) {
    const end = at + 2 + octets[at] * 256 + octets[at + 1];
    if (end > octets.length) break;
    messages.push(octets.subarray(at + 2, end));
    at = end;
  }
  return messages;
}
