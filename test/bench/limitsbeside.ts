/**
 * What a flood from one prefix gets of NSD's rate limits and of ours, at the same rates: queries a second that are sent, and
 * of those what is answered, what is answered short with TC, and what is not answered.
 *
 *   node test/bench/limitsbeside.ts
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Flag } from "../../src/wire/header.ts";
import { queryFromText } from "../support/query.ts";
import { zonecast } from "./contenders.ts";
import { freePort, serveCommand } from "./server.ts";
import { table } from "./table.ts";
import { type Command, openWorkplace, type Workplace } from "./workplace.ts";

const RATE = 100;
const SECONDS = 6;
/** Queries a second: below the rate, a little above it, and far above. */
const FLOODS = [50, 90, 150, 1000] as const;
const ZONE = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.2\n*.w A 192.0.2.3\n";
const QUESTIONS: Readonly<Record<string, (i: number) => string>> = {
  "one name": () => "www.bench.example. A",
  "random names, NXDOMAIN": (i) => `n${i}.bench.example. A`,
  "random names of a wildcard": (i) => `n${i}.w.bench.example. A`,
};

interface Got {
  readonly answered: number;
  readonly truncated: number;
  readonly sent: number;
}

/** Sends at an even pace for some seconds, from one address. */
async function flood(port: number, from: string, perSecond: number, question: (i: number) => string): Promise<Got> {
  const socket = createSocket("udp4");
  socket.bind(0, from);
  await once(socket, "listening");
  let [answered, truncated, sent] = [0, 0, 0];
  socket.on("message", (reply) => {
    if ((reply[2] & Flag.TC) !== 0) truncated++;
    else answered++;
  });
  const begun = performance.now();
  while (sent < perSecond * SECONDS) {
    const due = Math.min(perSecond * SECONDS, ((performance.now() - begun) / 1000) * perSecond);
    for (; sent < due; sent++) socket.send(queryFromText(question(sent)).bytes, port, "127.0.0.1");
    await sleep(2);
  }
  await sleep(500);
  socket.close();
  return { answered, truncated, sent };
}

function nsd(place: Workplace, port: number): Command {
  const folder = place.folder();
  writeFileSync(join(folder, "zone"), ZONE);
  const file = join(folder, "nsd.conf");
  const lines = [
    "server:",
    `ip-address: 127.0.0.1@${port}`,
    `zonesdir: "${folder}"`,
    `pidfile: "${folder}/pid"`,
    `database: ""`,
    `xfrdfile: "${folder}/xfrd"`,
    `zonelistfile: "${folder}/zonelist"`,
    'username: ""',
    "server-count: 1",
    `rrl-ratelimit: ${RATE}`,
    "rrl-slip: 2",
    "remote-control:",
    "control-enable: no",
    "zone:",
    "name: bench.example",
    'zonefile: "zone"',
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return ["nsd", "-d", "-c", file];
}

function ours(place: Workplace, port: number): Command {
  const folder = place.folder();
  const file = join(folder, "zone");
  writeFileSync(file, ZONE);
  const task = { folder, port, zones: [{ name: "bench.example", file, signed: undefined }], workers: 2 };
  return zonecast(task, "auto", `rrl: {responses-per-second: ${RATE}, slip: 2, exempt-own: false}\n`);
}

const place = openWorkplace();
try {
  const servers = [
    { name: "NSD", make: nsd, port: await freePort() },
    { name: "zonecast", make: ours, port: await freePort() },
  ];
  for (const { make, port } of servers) await serveCommand(place, make(place, port), port, ["www.bench.example"]);
  const rows: string[][] = [];
  let prefix = 1;
  for (const [title, question] of Object.entries(QUESTIONS)) {
    for (const perSecond of FLOODS) {
      const from = `127.44.${prefix++}.1`;
      // Both at the same moment: whatever disturbs the machine disturbs both.
      const got = await Promise.all(servers.map(({ port }) => flood(port, from, perSecond, question)));
      const shares = got.map(({ answered, truncated, sent }) =>
        [answered, truncated, sent - answered - truncated]
          .map((part) => `${Math.round((part / sent) * 100)} %`)
          .join(" · "),
      );
      rows.push([title, String(perSecond), ...shares]);
    }
  }
  const head = ["question", "a second", ...servers.map(({ name }) => `${name}: answered · TC · nothing`)];
  table(`floods of ${SECONDS} s from one prefix, limits of ${RATE} a second, slip 2`, [head, ...rows]);
} finally {
  await place.close();
}
