/**
 * The speaker in a process of its own, for a host: its argument is "PREFIX,PREFIX…", each line that it reads {PREFIX: LEVEL},
 * each line that it writes its peer's state and what it has heard. With the options as the example configurations say them.
 */

import { connect } from "node:net";
import { createInterface } from "node:readline";
import { Speaker } from "../../src/anycast/bgp/speaker.ts";
import { configFromYaml } from "../../src/config/load.ts";
import { surroundings } from "../anycast/announcer/surroundings.ts";
import { type Levels, prefixOf, wantedOf } from "../anycast/announcer/wanted.ts";

const prefixes = process.argv[2].split(",").map(prefixOf);
const { address, port, nextHops } = JSON.parse(process.argv[3]) as {
  address: string;
  port: number;
  nextHops: string[];
};
// The default levels: what an operator gets who says nothing.
const { levels } = configFromYaml("listen: [127.0.0.1@5300]", "").anycast;
const attributesOf = ({ communities, med, prepends }: (typeof levels)["up"]) => ({
  communities: communities.filter((one) => one !== undefined),
  largeCommunities: [],
  med,
  prepends,
});
const speaker = new Speaker(
  {
    as: 64500,
    routerId: "192.0.2.99",
    hold: 3,
    neighbours: [{ at: { address, port }, as: 64500, password: undefined, hops: 0, nextHops }],
    attributes: {
      up: attributesOf(levels.up),
      reserve: attributesOf(levels.reserve),
      draining: attributesOf(levels.draining),
    },
    prefixes,
  },
  { ...surroundings(), dial: () => connect({ host: address, port }) },
);
speaker.start();
createInterface({ input: process.stdin }).on("line", (line) => speaker.want(wantedOf(JSON.parse(line) as Levels)));
setInterval(() => {
  const [{ state, why }] = speaker.peers;
  const heard = Object.fromEntries(prefixes.map((prefix) => [prefix.text, speaker.heard(prefix)]));
  process.stdout.write(`${JSON.stringify({ state, why, heard })}\n`);
}, 100);
