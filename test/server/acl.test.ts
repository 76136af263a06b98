/** The ACL in the real program, by each transport: who is refused, who gets nothing, and who is let in to the admin server. */

import { spawnSync } from "node:child_process";
import { get } from "node:http";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { hasNode24, testWith } from "../support/need.ts";
import { framed } from "../transport/queries.ts";
import { connected, until } from "../transport/stream.ts";
import { configured } from "./configured.ts";
import { directoryWith, type Server, serving } from "./program.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Another address of this machine than the one that is served, so that it is no POP's own. Linux answers on all of 127/8. */
const STRANGER = "127.0.0.2";
const zones = directoryWith({ "a.example.zone": zoneText(7) });
const linux = process.platform === "linux";

async function withAcl(transport: string, acl: string, judge: (server: Server) => Promise<void>): Promise<void> {
  const yaml = `pop: lhr1\nzones: ${zones}\ntransport: ${transport}\nworkers: 1\nacl: ${acl}\n`;
  const server = await configured(join(directoryWith({ "pop.yaml": yaml }), "pop.yaml"));
  await judge(server);
  await server.stop();
}

/** What dig says that came back, asked from an address. */
function dig({ port }: { readonly port: number }, from: string, ...words: string[]): string {
  const asked = [`-b${from}`, `-p${port}`, "@127.0.0.1", "+tries=1", "+time=2", ...words];
  return spawnSync("dig", asked, { encoding: "utf8" }).stdout;
}

function fetchFrom(localAddress: string, port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, localAddress }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on("error", reject);
  });
}

async function denials({ admin }: Server): Promise<string[]> {
  const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  return text
    .split("\n")
    .flatMap((line) => /^zonecast_acl_denied_total.*what="(\w+)".* (\d+)$/.exec(line)?.slice(1).join(" ") ?? []);
}

describe.skipIf(!linux || !hasNode24()).each(["batch", "dgram"])("read by %s", (transport) => {
  testWith("dig", "refuse: REFUSED and Prohibited, over UDP and TCP; the POP's own address never", async () => {
    await withAcl(transport, "{ queries: [deny all] }", async (server) => {
      for (const way of ["+notcp", "+tcp"]) {
        for (const question of [
          ["www.a.example", "TXT"],
          ["id.server", "CH", "TXT"],
        ]) {
          const reply = dig(server, STRANGER, way, ...question);
          expect(reply, `${way} ${question}`).toContain("status: REFUSED");
          expect(reply).toContain("EDE: 18 (Prohibited)");
          expect(reply).not.toMatch(/"v7"|"lhr1"/);
        }
        expect(dig(server, "127.0.0.1", way, "www.a.example", "TXT")).toContain('"v7"');
      }
      expect((await server.status()).counts).toMatchObject({
        denied: { refused: 4, connections: 0 },
        dropped: { denied: 0 },
      });
      expect(await denials(server)).toContain("refused 4");
    });
  });

  testWith("dig", "drop: nothing over UDP, and no TCP connection", async () => {
    await withAcl(transport, "{ queries: [deny 127.0.0.0/8], denied: drop }", async (server) => {
      expect(dig(server, STRANGER, "+notcp", "www.a.example", "TXT")).toMatch(/no servers could be reached|timed out/);
      const stranger = await connected(server.port, { localAddress: STRANGER });
      stranger.socket.write(framed(1));
      await stranger.ended();
      expect(stranger.messages).toEqual([]);
      for (const way of ["+notcp", "+tcp"]) {
        expect(dig(server, "127.0.0.1", way, "www.a.example", "TXT")).toContain('"v7"');
      }
      const { counts } = await server.status();
      expect(counts).toMatchObject({ denied: { refused: 0, connections: 1 }, dropped: { denied: 1 } });
      expect((await denials(server)).sort()).toEqual(["connection 1", "dropped 1", "refused 0"]);
    });
  });
});

test.skipIf(!linux || !hasNode24())(
  "acl.admin: 403 for whatever is asked, a line in the log, and not one for each",
  async () => {
    await withAcl("auto", "{ admin: [deny all, allow 127.0.0.1] }", async (server) => {
      for (const path of ["/status", "/healthz", "/metrics", "/no-such-page"]) {
        expect([path, await fetchFrom(STRANGER, server.admin, path)]).toEqual([path, 403]);
      }
      expect(await fetchFrom("127.0.0.1", server.admin, "/status")).toBe(200);
      await until(() => server.log("admin.forbidden").length > 0, "the line in the log");
      expect(server.log("admin.forbidden")).toMatchObject([{ level: "warn", client: STRANGER, unwritten: 0 }]);
    });
  },
);

testWith("dig", "nobody is given a transfer of a zone, over UDP or TCP", async () => {
  const server = await serving(zones);
  for (const way of ["+notcp", "+tcp"]) {
    for (const type of ["AXFR", "IXFR=1"]) {
      // dig says no more than that there was none, and nothing at all of an IXFR over UDP.
      const lines = dig(server, "127.0.0.1", way, "a.example", type).split("\n");
      expect([way, type, lines.filter((line) => line !== "" && !line.startsWith(";"))]).toEqual([way, type, []]);
    }
  }
  // dig asks for an AXFR by TCP, whatever it was told: over UDP it is FORMERR (RFC 5936 §4.2), see test/answer.
  const { rcodes, types } = (await server.status()).counts;
  expect([types.AXFR, types.IXFR, rcodes.REFUSED]).toEqual([2, 2, 4]);
  await server.stop();
});
