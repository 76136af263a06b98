/** A restart takes unchanged zones from their images, and serves what it would have served without any. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { directoryWith, type LogLine, ready, type Server, serving, start, withPorts } from "./program.ts";
import { BROKEN, zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

const filler = Array.from({ length: 2000 }, (_, i) => `f${i} TXT "a line that makes the zone worth its image"\n`).join(
  "",
);
const large = (serial: number) => `${zoneText(serial)}@ MX 10 nowhere\n$INCLUDE a.inc\n`;

let zones: string;
let state: string;
let images: string;

beforeEach(() => {
  zones = directoryWith({ "a.example.zone": large(1), "a.inc": filler, "small.example.zone": zoneText(1) });
  state = join(directoryWith(), "state");
  images = join(state, "images");
});

const kept = () => (existsSync(images) ? readdirSync(images) : []);
const begin = () => serving(zones, ["--state", state]);

/** A server that has written the image of the large zone; it is stopped then. */
async function firstStart(): Promise<void> {
  const server = await begin();
  await until(() => kept().some((name) => name.endsWith(".image")), "the image");
  await server.stop();
}

/** How each zone was loaded: "a.example. from image". */
function loads(server: Server): string[] {
  return server.log("zone.loaded").map((line) => `${line.zone} from ${(line as LogLine & { from: string }).from}`);
}

const saidOf = (server: Server, event: string) => server.log(event).map(({ msg }) => msg);

test("the second start takes the image, with the same answers, warnings and status", async () => {
  const told: unknown[] = [];
  for (const from of ["text", "image"]) {
    const server = await begin();
    expect(loads(server)).toContain(`a.example. from ${from}`);
    const { zones: status } = await server.status();
    const timeless = status.map((zone) => ({ ...zone, loaded: "" }));
    const answers = [
      await server.ask("www.a.example"),
      await server.ask("f1999.a.example"),
      await server.ask("no.a.example"),
    ];
    told.push([timeless, answers, saidOf(server, "zone.warning")]);
    await until(() => kept().length > 0, "the image");
    await server.stop();
  }
  expect(told[1]).toEqual(told[0]);
  expect(JSON.stringify(told[0])).toContain("MX target nowhere.a.example. has no A or AAAA here");
});

test("a zone that is parsed in no time has no image", async () => {
  await firstStart();
  expect(kept()).toEqual([expect.stringMatching(/^a\.example\.zone-[0-9a-f]{16}\.image$/)]);
});

test.each([
  ["the zone file", "a.example.zone", large(2), "v2"],
  ["an included file", "a.inc", `${filler}more TXT "more"\n`, "v1"],
])("when %s has changed, the text is read, and the next start has an image of it", async (_, name, text, word) => {
  await firstStart();
  const [image] = kept();
  const before = readFileSync(join(images, image));
  writeFileSync(join(zones, name), text);
  const server = await begin();
  expect(loads(server)).toContain("a.example. from text");
  expect(saidOf(server, "image.stale")).toEqual([
    `the image of ${join(zones, "a.example.zone")} was thrown away: ${join(zones, name)} has changed`,
  ]);
  expect(await server.ask("www.a.example")).toBe(word);
  await until(() => kept().includes(image) && !readFileSync(join(images, image)).equals(before), "the new image");
  await server.stop();
  const next = await begin();
  expect(loads(next)).toContain("a.example. from image");
  expect(await next.ask("www.a.example")).toBe(word);
  await next.stop();
});

test("text with an error is not covered up by the image of better days", async () => {
  await firstStart();
  writeFileSync(join(zones, "a.example.zone"), BROKEN);
  const server = await begin();
  expect(await server.ask("www.a.example")).toBe("SERVFAIL 24");
  await server.stop();
});

test("a zone that is served from its image is reloaded like any other", async () => {
  await firstStart();
  const server = await begin();
  writeFileSync(join(zones, "a.example.zone"), large(2));
  await until(async () => (await server.ask("www.a.example")) === "v2", "the new version");
  // The included file is watched as well.
  writeFileSync(join(zones, "a.inc"), `${filler}more TXT "more"\n`);
  await until(async () => (await server.ask("more.a.example")) === "more", "what is included");
  expect(server.log("image.stale")).toEqual([]);
  await server.stop();
});

test("a damaged image is told of, and built anew", async () => {
  await firstStart();
  const [image] = kept();
  const octets = readFileSync(join(images, image));
  const whole = Buffer.from(octets);
  octets[octets.length - 1000] ^= 1;
  writeFileSync(join(images, image), octets);
  const server = await begin();
  expect(saidOf(server, "image.damaged")).toEqual([
    `the image of ${join(zones, "a.example.zone")} was thrown away: its image has the wrong checksum`,
  ]);
  expect(await server.ask("f1999.a.example")).toBe("a line that makes the zone worth its image");
  await until(() => kept().includes(image) && readFileSync(join(images, image)).equals(whole), "the image as it was");
  await server.stop();
});

test("killed at any moment of writing, the next start serves, and takes away what is left", async () => {
  // Some MB, so that there is a moment to hit.
  writeFileSync(
    join(zones, "a.inc"),
    Array.from({ length: 100_000 }, (_, i) => `f${i} TXT "${"x".repeat(100)}"\n`).join(""),
  );
  for (let round = 0; round < 6; round++) {
    rmSync(state, { recursive: true, force: true });
    const server = await begin();
    await until(() => kept().length > 0, "the beginning of an image");
    await new Promise((resolve) => setTimeout(resolve, round * 2));
    server.child.kill("SIGKILL");
    await server.exit;
  }
  const left = kept();
  writeFileSync(join(images, `a.example.zone-0123456789abcdef.image.${99_999_999}-0a.new`), "half");
  const server = await begin();
  expect(server.log("image.damaged")).toEqual([]);
  expect(await server.ask("f99999.a.example")).toBe("x".repeat(100));
  await until(() => kept().length === 1 && kept()[0].endsWith(".image"), `an image alone, after ${left}`);
  await server.stop();
});

test("two servers with one state directory take the same images, and none of the other's away", async () => {
  await firstStart();
  const others = directoryWith({ "b.example.zone": `${zoneText(7)}${filler}` });
  const both = await Promise.all([begin(), begin(), serving(others, ["--state", state])]);
  expect(both.slice(0, 2).map(loads)).toEqual([
    expect.arrayContaining(["a.example. from image"]),
    expect.arrayContaining(["a.example. from image"]),
  ]);
  await until(() => kept().length === 2, "the image of the other zone");
  await Promise.all(both.map((server) => server.stop()));
  const again = await Promise.all([begin(), serving(others, ["--state", state])]);
  expect(again.flatMap(loads).sort()).toEqual([
    "a.example. from image",
    "b.example. from image",
    "small.example. from text",
  ]);
  await Promise.all(again.map((server) => server.stop()));
});

test("without a state directory, nothing is kept; systemd's is taken, the first of several", async () => {
  const plain = await serving(zones);
  await plain.stop();
  expect(existsSync(state)).toBe(false);
  const env = { ...process.env, STATE_DIRECTORY: `${state}:/nonexistent` };
  const server = await serving(zones, [], { env });
  await until(() => kept().length > 0, "the image");
  await server.stop();
});

test("the configuration names it relative to itself, and the flag wins", async () => {
  const file = join(zones, "pop.yaml");
  const port = await freePort();
  writeFileSync(file, `zones: .\nstate: ours\nlisten: 127.0.0.1@${port}\n`);
  const configured = async (...args: string[]) => {
    const server = withPorts(start(["serve", "--config", file, ...args]), "", port, 0);
    await ready(server);
    return server;
  };
  const first = await configured("--state", state);
  await until(() => kept().length > 0, "the image where the flag says");
  await first.stop();
  expect(existsSync(join(zones, "ours"))).toBe(false);
  const second = await configured();
  await until(() => existsSync(join(zones, "ours/images")), "the image where the configuration says");
  await second.stop();
});

test("a state directory that can't be one is told of once, and nothing else is different", async () => {
  writeFileSync(state, "");
  const server = await begin();
  await until(() => server.log("state.unwritable").length > 0, "the warning");
  writeFileSync(join(zones, "a.example.zone"), large(2));
  await until(async () => (await server.ask("www.a.example")) === "v2", "the new version");
  expect(saidOf(server, "state.unwritable")).toEqual([
    `compiled zones can't be kept in ${images}: can't write: it is not a directory; the next start parses them again`,
  ]);
  expect((await server.stop()).code).toBe(0);
});

/** A program in a mount namespace of its own, where a small file system stands in place of the state directory. */
const mounting = (options: string) => ["-m", "sh", "-c", `mount -t tmpfs -o ${options} none "$0" && exec "$@"`];
const canMount = spawnSync("unshare", [...mounting("size=40k"), "/mnt", "true"]).status === 0;

test.skipIf(!canMount).each([
  ["full", "size=40k", "no space left on the device"],
  ["read-only", "ro", "the file system is read-only"],
])("a disk that is %s is told of, and nothing else is different", async (_, options, why) => {
  mkdirSync(state);
  const port = await freePort();
  const args = ["serve", "--zones", zones, "--listen", `127.0.0.1@${port}`, "--state", state];
  const server = withPorts(start(args, {}, ["unshare", ...mounting(options), state]), zones, port, 0);
  await ready(server);
  await until(() => server.log("state.unwritable").length > 0, "the warning");
  expect(saidOf(server, "state.unwritable")[0]).toContain(`can't write: ${why}`);
  writeFileSync(join(zones, "a.example.zone"), large(2));
  await until(async () => (await server.ask("www.a.example")) === "v2", "the new version");
  expect(server.log("state.unwritable")).toHaveLength(1);
  expect((await server.stop()).code).toBe(0);
});

test("a state directory that vanishes is made again", async () => {
  const server = await begin();
  await until(() => kept().length > 0, "the image");
  // The server may be writing into it.
  rmSync(state, { recursive: true, maxRetries: 10, retryDelay: 20 });
  writeFileSync(join(zones, "a.example.zone"), large(2));
  await until(() => kept().some((name) => name.endsWith(".image")), "the image of the new version");
  expect(server.log("state.unwritable")).toEqual([]);
  await server.stop();
});
