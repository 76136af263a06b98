/** The lab as a picture, and what its clients see. */

import { at, run } from "./host.ts";
import { CLIENTS, SERVED } from "./topology.ts";

const PICTURE = `
          c1                    c2
          |                     |
  lhr --- t1 ------------------ t2 --- jfk        AS64500  lhr jfk nrt, each with its own BIRD
          | \\                 / |                 AS64601  t1     AS64602  t2
          |  +----- t3 ------+  |                 AS64603  t3     AS64604  t4, customer of t1 and t2
          |        /  \\         |
          |      nrt   c3       |                 ns1  198.51.100.53  2001:db8:53::53
          |                     |                 ns2  203.0.113.53   2001:db8:54::53
          +-------- t4 ---------+
                   /  \\
               store   c4
`;

/** The picture. */
export function picture(): string {
  return PICTURE.slice(1);
}

/** Who answers each client at each address, as dig tells: a table. */
export async function whoAnswers(): Promise<string> {
  const rows = await Promise.all(
    CLIENTS.map(async ({ name }) => [name, ...(await Promise.all(SERVED.map(({ address }) => ask(name, address))))]),
  );
  return table([["dig CH TXT id.server", ...SERVED.map(({ address }) => `@${address}`)], ...rows]);
}

async function ask(client: string, address: string): Promise<string> {
  const command = ["dig", `@${address}`, "CH", "TXT", "id.server", "+short", "+tries=1", "+time=2"];
  const said = await run(at(client, command)).catch(() => "");
  return said.trim().replaceAll('"', "") || "no answer";
}

/** Columns under each other. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i])).join("  ")}`.trimEnd()).join("\n");
}

/** How to play with it from another terminal. */
export function hint(): string {
  return `In another terminal (any command at any host; a shell without one):

  npm run lab -- exec c1 dig @198.51.100.53 CH TXT id.server +short
  npm run lab -- exec c1 dig @198.51.100.53 www.lab.example +nsid
  npm run lab -- exec t1 birdc -s /run/lab/bird/t1.ctl show route all
  npm run lab -- exec lhr node src/zonecast.js drain --all --both --wait --config /run/lab/lhr/pop.yaml
  npm run lab -- exec lhr node src/zonecast.js undrain --all --config /run/lab/lhr/pop.yaml
  npm run lab -- exec lhr tail -f /run/lab/lhr/log
  npm run lab -- exec lhr

Ctrl-C ends the lab, and leaves nothing.
`;
}
