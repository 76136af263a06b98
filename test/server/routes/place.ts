/** A POP with one prefix, for tests of the whole program: its configuration, its start, its control socket. */

import { request } from "node:http";
import { join } from "node:path";
import { freePort } from "../../transport/port.ts";
import { directoryWith, type Program, ready, start } from "../program.ts";
import { zoneText } from "../zonetext.ts";
import type { Router } from "./router.ts";

export const PREFIX = "127.0.53.0/24";

export interface Place {
  readonly folder: string;
  readonly config: string;
  readonly port: number;
}

/** A POP's configuration and zones, in a folder of their own. */
export async function place(
  router: Pick<Router, "port">,
  more: readonly string[] = [],
  { prefix, at }: { readonly prefix: string; readonly at: string } = { prefix: PREFIX, at: "127.0.0.1" },
): Promise<Place> {
  const port = await freePort("127.0.53.53");
  const lines = [
    `listen: [127.0.53.53@${port}]`,
    "zones: [.]",
    "state: state",
    "anycast:",
    "  as: 64500",
    `  prefixes: [{ prefix: ${prefix}, service: ns1 }]`,
    `  bgp: { hold: 3, neighbours: [{ at: "${at}@${router.port}", as: 64500 }] }`,
    "  require: [{ zone: a.example, exists: www.a.example TXT, absent: no.a.example }]",
    "  drain: { notice: 1, least: 1, most: 2 }",
    ...more,
  ];
  const folder = directoryWith({ "pop.yaml": `${lines.join("\n")}\n`, "a.example.zone": zoneText(1) });
  return { folder, config: join(folder, "pop.yaml"), port };
}

export async function pop({ config }: Place): Promise<Program> {
  const program = start(["serve", "--config", config, "--pop", "lhr1"]);
  await ready(program);
  return program;
}

/** Asks at the control socket. */
export function control(
  { folder }: Place,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ standings: { phase: string }[] }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: join(folder, "state/control.sock"), method, path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(JSON.parse(text)));
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
