/** zonecast whoami, against real servers. */

import { createSocket } from "node:dgram";
import { expect, test, vi } from "vitest";
import { directoryWith, ready, run, type Server, serving, start, withPorts } from "../server/program.ts";
import { freePort } from "../transport/port.ts";

vi.setConfig({ testTimeout: 60_000 });

function zone(serial: number): string {
  return `@ 60 IN SOA ns.who.example. host.who.example. ${serial} 1 1 1 1\n@ 60 IN NS ns.who.example.\nns 60 IN A 192.0.2.1\n`;
}

async function popWith(pop: string, serial: number, address = "127.0.0.1"): Promise<Server> {
  const port = await freePort();
  const zones = directoryWith({ "who.example.zone": zone(serial) });
  const program = start(["serve", "--zones", zones, "--listen", `${address}@${port}`, "--pop", pop]);
  const server = withPorts(program, zones, port, 0);
  await ready(server);
  return server;
}

test("one POP, over both transports: 0", async () => {
  const pop = await popWith("lhr1", 7);
  const text = await run(["whoami", `@127.0.0.1#${pop.port}`, "--zone", "who.example"]);
  expect(text.stderr).toBe("");
  expect(text.stdout).toMatch(/^127\.0\.0\.1@\d+ {2}udp {3}lhr1 {2}lhr1 {2}7 {7}7 {12}3× /m);
  expect(text.stdout).toMatch(/^127\.0\.0\.1@\d+ {2}tcp {3}lhr1 {2}lhr1 {2}7 /m);
  expect(text.stdout).toContain("all 6 answers are of lhr1, with serial 7\n");
  expect(text.code).toBe(0);
  const bare = await run(["whoami", `127.0.0.1@${pop.port}`, "--json", "--times", "1"]);
  expect(JSON.parse(bare.stdout)).toMatchObject({
    same: true,
    differences: [],
    answers: [
      { address: "127.0.0.1", port: pop.port, transport: "udp", id: "lhr1", nsid: ["lhr1"], refused: [] },
      { address: "127.0.0.1", port: pop.port, transport: "tcp", id: "lhr1", nsid: ["lhr1"] },
    ],
  });
  await pop.stop();
});

test("POPs and versions that differ, by IPv4 and IPv6: 1, and which they are", async () => {
  const [lhr1, ams1] = await Promise.all([popWith("lhr1", 7), popWith("ams1", 8, "::1")]);
  const args = ["--zone", "who.example", "--times", "1"];
  const both = await run(["whoami", `@127.0.0.1#${lhr1.port}`, `@::1#${ams1.port}`, ...args]);
  expect(both.code).toBe(1);
  expect(both.stdout).toContain(
    `the POPs differ: ams1 (::1@${ams1.port}/udp, ::1@${ams1.port}/tcp), lhr1 (127.0.0.1@${lhr1.port}/udp, 127.0.0.1@${lhr1.port}/tcp)`,
  );
  expect(both.stdout).toContain("the versions differ: 7 (lhr1), 8 (ams1)\n");
  // A name stands for all of its addresses; where it has an IPv6 one, nobody has the port there.
  const named = await run(["whoami", "@localhost", "--port", String(lhr1.port), "--timeout", "1", "--json", ...args]);
  const { answers } = JSON.parse(named.stdout) as { answers: { address: string; id?: string; silent?: string }[] };
  expect(answers.filter(({ address }) => address === "127.0.0.1").map(({ id }) => id)).toEqual(["lhr1", "lhr1"]);
  for (const { silent } of answers.filter(({ address }) => address === "::1"))
    expect(silent).toContain("nobody has this port there");
  await Promise.all([lhr1.stop(), ams1.stop()]);
});

test("nobody, somebody who never answers, another zone, and words that are no address", async () => {
  const nobody = await run(["whoami", `@127.0.0.1#${await freePort()}`, "--times", "1"]);
  expect([nobody.code, nobody.stdout]).toEqual([
    1,
    expect.stringContaining("no answer to id.server. TXT: nobody has this port there"),
  ]);
  const deaf = createSocket("udp4");
  await new Promise<void>((resolve) => deaf.bind(0, "127.0.0.1", resolve));
  const silent = await run(["whoami", `@127.0.0.1#${deaf.address().port}`, "--times", "1", "--timeout", "0.3"]);
  deaf.close();
  expect([silent.code, silent.stdout]).toEqual([1, expect.stringContaining("nothing came in 300 ms")]);
  const pop = await serving(directoryWith({ "who.example.zone": zone(1) }));
  const other = await run(["whoami", `@127.0.0.1#${pop.port}`, "--zone", "other.example", "--times", "1"]);
  expect([other.code, other.stdout]).toEqual([1, expect.stringContaining("says REFUSED for other.example. SOA")]);
  await pop.stop();
  const words = await run(["whoami", "@198.51.100"]);
  expect([words.code, words.stderr]).toEqual([2, expect.stringContaining('"@198.51.100" is no address and no name')]);
  expect((await run(["whoami"])).stderr).toContain("whom? Name an address");
});
