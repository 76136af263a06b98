/**
 * What BIRD says on its socket and FRR's shell prints, cut anywhere: it is made out, or it is nothing. The first octet says
 * whose it is.
 */

import { heardOf, toldFamilies } from "../../../src/anycast/bird/paths.ts";
import { type Reply, replyReader, said } from "../../../src/anycast/bird/reply.ts";
import { prefixOf, staticsOf } from "../../../src/anycast/bird/statics.ts";
import { jsonAnswers, pathsOf, someEstablished } from "../../../src/anycast/frr/answers.ts";
import { runningFrom } from "../../../src/anycast/frr/running.ts";
import { prefixFromText } from "../../../src/text/prefix.ts";
import { oddly } from "../engine/json.ts";
import { Random } from "../engine/random.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 1500;
const PREFIXES = ["198.51.100.0/24", "2001:db8:53::/48"].flatMap((text) => prefixFromText(text) ?? []);

const BIRD = [
  "0001 BIRD 2.0.12 ready.\n",
  "2002-Name       Proto      Table      State  Since         Info\n1002-zonecast_up_a Static     master4    up     10:00:00.000  \n zonecast_draining_a Static     master4    down   10:00:00.000  \n0000 \n",
  "1009-198.51.100.0/24 blackhole\n0000 \n",
  "1007-Table master4:\n198.51.100.0/24      unicast [up1 10:00:00.000] * (100) [AS64500i]\n1008-\tType: BGP univ\n1012-\tBGP.origin: IGP\n0000 \n",
  "1002-p BGP        ---        up     10:00:00.000  Established   \n1006-  Channel ipv4\n     State:          UP\n     Input filter:   ACCEPT\n0000 \n",
  "8003 No protocols match\n9001 syntax error\n+ news\n0013 \n",
];
const CONFIG =
  "router bgp 64500\n neighbor 192.0.2.2 remote-as 64501\n address-family ipv4 unicast\n  network 198.51.100.0/24 route-map ZONECAST-UP\n  neighbor 192.0.2.2 allowas-in 1\n exit-address-family\nexit\nroute-map ZONECAST-UP permit 10\nexit\n";
const PATHS = {
  prefix: "198.51.100.0/24",
  paths: [
    { valid: true, sourced: true },
    { valid: true, removed: false },
  ],
};
const SUMMARY = { peers: { "192.0.2.2": { state: "Established" }, "192.0.2.3": { state: "Idle" } } };

export function open(): Target {
  const json = [PATHS, SUMMARY].map((one) => `${JSON.stringify(one, null, 2)}\n`);
  const frr = [CONFIG, ...json, CONFIG + json.join(""), "{}\n", "{\n}\n"];
  return {
    name: "router",
    most: MOST,
    seeds: [...BIRD.map((text) => octetsOf(`\x02${text}`)), ...frr.map((text) => octetsOf(`\x03${text}`))],
    words: [...BIRD, ...frr].flatMap((text) => text.split(/(?<=\n)/)).map(octetsOf),
    make: (random) => octetsOf(`\x03${JSON.stringify(oddly(random, random.once(2) ? PATHS : SUMMARY), null, 2)}\n`),
    check: (input) => {
      const text = Buffer.from(input.subarray(1)).toString();
      if (((input[0] ?? 0) & 1) === 0) bird(text, new Random(input[0] ?? 0));
      else frrs(text);
    },
  };
}

function bird(text: string, random: Random): void {
  const whole = replyReader()(text);
  const read = replyReader();
  const replies: Reply[] = [];
  for (let at = 0; at < text.length; ) {
    const size = 1 + random.below(60);
    replies.push(...read(text.slice(at, at + size)));
    at += size;
  }
  must(JSON.stringify(replies) === JSON.stringify(whole), "in pieces it says something else");
  for (const reply of replies) {
    must(!said(reply).includes("\n"), "more than one line");
    for (const { name, level } of staticsOf(reply)) must(name.startsWith(`zonecast_${level}_`), name);
    const found = prefixOf("x", reply);
    if ("prefix" in found) must(prefixFromText(found.prefix)?.text === found.prefix, found.prefix);
    const told = toldFamilies(reply);
    heardOf(
      PREFIXES,
      PREFIXES.map(() => reply),
      told,
    );
  }
}

function frrs(text: string): void {
  const { held } = runningFrom(text, new Set(PREFIXES.map((prefix) => prefix.text)));
  for (const { prefix } of held) must(!/\s/.test(prefix), `no prefix: ${prefix}`);
  for (const answer of jsonAnswers(text)) {
    pathsOf(answer);
    someEstablished(answer);
  }
}
