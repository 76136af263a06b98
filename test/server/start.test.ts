/** Starts that can't be: one line that says what is wrong and what to do, and exit code 1; or 2 for what can't be understood. */

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { freePort } from "../transport/port.ts";
import { directoryWith, ready, run, serving, start } from "./program.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

const zones = directoryWith({ "a.example.zone": zoneText(1) });
const root = process.getuid?.() === 0;
/** "nobody", who may neither bind port 53 nor read what is not for all. */
const nobody = { uid: 65534, gid: 65534 };

/** What it says on stderr, and the exit code, of a start that fails. */
async function refusal(
  args: readonly string[],
  options: Parameters<typeof run>[1] = {},
): Promise<[string, number | null]> {
  const { stderr, code } = await run(["serve", ...args], options);
  return [stderr, code];
}

async function address(): Promise<string> {
  return `127.0.0.1@${await freePort()}`;
}

test("a port that another server has", async () => {
  const server = await serving(zones);
  const where = `127.0.0.1@${server.port}`;
  expect(await refusal(["--zones", zones, "--listen", where])).toEqual([
    `zonecast: can't listen on ${where}/udp: another server has this port; stop it, or choose another with --listen\n`,
    1,
  ]);
  const admin = `127.0.0.1@${server.admin}`;
  // HTTP is TCP: that port is free for UDP alone.
  expect(await refusal(["--zones", zones, "--listen", admin])).toEqual([
    `zonecast: can't listen on ${admin}/tcp: another server has this port; stop it, or choose another with --listen\n`,
    1,
  ]);
  expect(await refusal(["--zones", zones, "--listen", await address(), "--admin", admin])).toEqual([
    `zonecast: can't listen on ${admin}/http: another server has this port; stop it, or choose another with --admin\n`,
    1,
  ]);
  await server.stop();
});

test.skipIf(!root)("a port below 1024 without the right to it", async () => {
  // Where the system gives everybody all ports (net.ipv4.ip_unprivileged_port_start), there is nothing to refuse.
  const args = ["--zones", directoryWithRights(0o755), "--listen", "127.0.0.1@53"];
  const program = start(["serve", ...args], { ...nobody, env: { PATH: process.env.PATH, HOME: "/nonexistent" } });
  const { code } = await Promise.race([
    program.exit,
    ready(program).then(
      () => ({ code: -1 }),
      () => program.exit,
    ),
  ]);
  if (code === -1) {
    program.child.kill("SIGTERM");
    return;
  }
  expect([program.stderr, code]).toEqual([
    "zonecast: can't listen on 127.0.0.1@53/udp: ports below 1024 need the right to; run as root, " +
      "give CAP_NET_BIND_SERVICE, or choose another port with --listen\n",
    1,
  ]);
});

test("an address that this machine does not have", async () => {
  const where = `203.0.113.77@${await freePort()}`;
  expect(await refusal(["--zones", zones, "--listen", where])).toEqual([
    `zonecast: can't listen on ${where}/udp: this machine does not have that address; see "ip address"\n`,
    1,
  ]);
});

test("a zone directory that is not there, or none", async () => {
  const missing = join(zones, "nowhere");
  expect(await refusal(["--zones", missing, "--listen", await address()])).toEqual([
    `zonecast: zone directory ${missing}: can't read: no such file or directory; create it, or name another with --zones\n`,
    1,
  ]);
  const file = join(zones, "a.example.zone");
  expect(await refusal(["--zones", file, "--listen", await address()])).toEqual([
    `zonecast: zone directory ${file}: can't read: it is not a directory; create it, or name another with --zones\n`,
    1,
  ]);
});

test.skipIf(!root)("a zone directory that may not be read", async () => {
  const closed = directoryWithRights(0o700);
  expect(await refusal(["--zones", closed, "--listen", await address()], nobody)).toEqual([
    `zonecast: zone directory ${closed}: can't read: permission denied: make it readable for the user that runs zonecast; create it, or name another with --zones\n`,
    1,
  ]);
});

test.skipIf(!root)("a zone file that may not be read is that zone's trouble alone", async () => {
  const directory = directoryWithRights(0o755);
  writeFileSync(join(directory, "closed.example.zone"), zoneText(1), { mode: 0o600 });
  const server = await serving(directory, [], nobody);
  expect(await server.ask("www.closed.example")).toBe("SERVFAIL 24");
  expect(await server.ask("www.a.example")).toBe("v1");
  const [, closed] = (await server.status()).zones;
  expect(closed.problems[0]).toContain("can't read: permission denied: make it readable");
  await server.stop();
});

test("an empty directory is served, and the lines for people say what is looked for", async () => {
  const server = await serving(directoryWith());
  expect(server.stderr).toContain("no zone files found: *.zone, *.db and db.* are served");
  expect(await server.ask("www.a.example")).toBe("REFUSED 20");
  await server.stop();
});

test("a configuration that is not there, may not be understood, or is wrong in three places", async () => {
  expect(await refusal(["--config", "/nonexistent/pop.yaml"])).toEqual([
    "/nonexistent/pop.yaml: can't read: no such file or directory\n",
    2,
  ]);
  const file = join(directoryWith({ "pop.yaml": "workers: 65\nlisten: here\nzone: x\n" }), "pop.yaml");
  const [stderr, code] = await refusal(["--config", file]);
  expect(code).toBe(2);
  expect(stderr.trimEnd().split("\n")).toEqual([
    `${file}:1:10  workers: expected a whole number from 1 to 64 or auto, got 65`,
    `${file}:2:9  listen: expected ADDR@PORT, such as 192.0.2.53@53 or 2001:db8::53@53, got "here"`,
    expect.stringContaining(`${file}:3:1  zone: no such option; there is pop, listen,`),
  ]);
});

test.each([
  [["--listen", "localhost@53"], `--listen: expected ADDR@PORT, such as 127.0.0.1@5300, got "localhost@53"`],
  [["--admin", "8053"], `--admin: expected ADDR@PORT, such as 127.0.0.1@5300, got "8053"`],
  [["--transport", "magic"], `--transport: expected auto, batch or dgram, got "magic"`],
  [["--port", "53"], "Unknown option '--port'"],
  [["--listen"], "Option '--listen <value>' argument missing"],
  [["extra"], "Unexpected argument 'extra'"],
])("flags that can't be understood: %j", async (args, message) => {
  expect(await refusal(args)).toEqual([`zonecast: ${message}; see --help\n`, 2]);
});

function directoryWithRights(mode: number): string {
  const directory = join(directoryWith(), "zones");
  chmodSync(join(directory, ".."), 0o755);
  mkdirSync(directory);
  writeFileSync(join(directory, "a.example.zone"), zoneText(1));
  chmodSync(directory, mode);
  return directory;
}
