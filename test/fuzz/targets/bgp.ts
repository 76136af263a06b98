/**
 * A hostile router: whatever it sends, in whatever pieces, each step gives a session, well-formed messages to send, and a
 * sentence on one line. The first octet says how far the session is and how the rest is cut; times pass between pieces.
 */

import { Heard } from "../../../src/anycast/bgp/heard.ts";
import { keepalive, LONGEST, MARKER, MessageType, messageOctets, u16At } from "../../../src/anycast/bgp/message.ts";
import { type Open as BgpOpen, openOctets } from "../../../src/anycast/bgp/open.ts";
import { type Event, idleSession, type Outcome, type Session, step } from "../../../src/anycast/bgp/session.ts";
import { MessageStream } from "../../../src/anycast/bgp/stream.ts";
import { announcement, withdrawal } from "../../../src/anycast/bgp/update.ts";
import { prefixFromText } from "../../../src/text/prefix.ts";
import { AS, ATTRIBUTES } from "../../anycast/announcer/speakermaker.ts";
import { Random } from "../engine/random.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 1200;
const OWN = ["198.51.100.0/24", "2001:db8:53::/48", "10.0.0.0/9", "2001:db8::/33"].flatMap(
  (text) => prefixFromText(text) ?? [],
);
const PEER: BgpOpen = { as: AS, hold: 9, id: "192.0.2.2", families: [4, 6], fourOctetAs: true, routeRefresh: true };
const TERMS = {
  ...{ name: "192.0.2.2@179", as: AS, peerAs: AS, routerId: "192.0.2.1", hold: 9, families: [4, 6] as const, own: OWN },
  ...{ secured: false, patience: 30_000 },
};
const PHASES = ["open-sent", "open-confirm", "established"] as const;

export function open(): Target {
  const messages = [
    openOctets(PEER),
    keepalive(),
    ...announcement(OWN.slice(0, 1), ATTRIBUTES.draining, { as: AS, interior: false, nextHop: "192.0.2.7" }),
    ...announcement(OWN.slice(1, 2), ATTRIBUTES.reserve, { as: AS, interior: true, nextHop: "::1" }),
    ...withdrawal(OWN.slice(0, 1)),
    ...withdrawal(OWN.slice(1, 2)),
    messageOctets(MessageType.Notification, [6, 2, 2, 104, 105]),
    messageOctets(MessageType.Notification, [2, 2]),
    messageOctets(MessageType.RouteRefresh, [0, 1, 0, 1]),
    messageOctets(MessageType.Update, [0, 0, 0, 0]),
  ];
  const whole = Buffer.concat([messages[0], messages[1], ...messages.slice(2, 6)]);
  return {
    name: "bgp",
    most: MOST,
    seeds: [
      ...messages.flatMap((message) => PHASES.map((_, i) => Uint8Array.of(i, ...message))),
      Uint8Array.of(0, ...whole),
    ],
    words: [...messages, octetsOf("\xff".repeat(16)), ...messages.map((message) => message.slice(16))],
    check,
  };
}

function check(input: Uint8Array): void {
  const how = input[0] ?? 0;
  const random = new Random(how);
  const heard = new Heard((how & 64) !== 0);
  const stream = new MessageStream();
  let now = 1000;
  let session: Session = {
    ...idleSession(),
    phase: PHASES[(how & 3) % 3],
    hold: 9000,
    until: now + 9000,
    keepalive: now + 3000,
  };
  const take = (event: Event): Session => {
    const outcome = step(TERMS, session, event, { now, random: 0.5 });
    judge(outcome);
    if (outcome.reach) heard.take(outcome.reach);
    session = outcome.session;
    return session;
  };
  for (let at = 1; at < input.length; ) {
    const size = (how & 128) !== 0 ? input.length : 1 + random.below(200);
    const wrong = stream.take(
      input.subarray(at, at + size),
      (message) => take({ kind: "message", message }).phase !== "idle",
    );
    if (wrong) take({ kind: "garbled", notification: wrong });
    // It has hung up: the next connection begins with a greeting of ours.
    if (session.phase === "idle") {
      take({ kind: "start" });
      take({ kind: "connected" });
    }
    at += size;
    now += random.below(4000);
    take({ kind: "tick" });
  }
  take({ kind: "lost", code: undefined });
  take({ kind: "stop" });
}

/** What goes out is well formed, and what people are told is on one line. */
function judge({ session, send }: Outcome): void {
  for (const octets of send) {
    const length = u16At(octets, MARKER);
    must(octets.length === length && length <= LONGEST, `a message of ${octets.length} octets that says ${length}`);
    must(
      octets.subarray(0, MARKER).every((octet) => octet === 0xff),
      "a message without its marker",
    );
  }
  must(!Number.isNaN(session.until) && !Number.isNaN(session.keepalive), "a session that never wakes");
  must(!/\p{Cc}/u.test(session.why ?? ""), `control characters in a sentence: ${JSON.stringify(session.why)}`);
}
