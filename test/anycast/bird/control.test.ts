/** BIRD's control socket: replies in pieces, and every way in which it can be closed to us. */

import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { birdDaemon, withdrawFromBird } from "../../../src/anycast/bird/daemon.ts";
import { replyReader } from "../../../src/anycast/bird/reply.ts";
import { troublesWith } from "../../../src/anycast/lease/check.ts";
import { testWith } from "../../support/need.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { prefixOf } from "../announcer/wanted.ts";
import { type Bird, startBird, staticsFor } from "./bird.ts";

const all = [PREFIX4, PREFIX6].map(prefixOf);
let folder = "";
let socket = "";
let server: Server | undefined;
let bird: Bird | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zonecast-control-"));
  socket = join(folder, "bird.ctl");
});

afterEach(async () => {
  server?.close();
  server = undefined;
  await bird?.close();
  bird = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const TEXT = `0001 BIRD 2.0.12 ready.
2002-Name       Proto      Table      State  Since         Info
1002-zonecast_up_a Static     master4    up     01:00:00.000
 zonecast_up_b Static     master4    down   01:00:00.000
+news that nobody has asked for
0000 
8003 No protocols match
`;

describe("replies", () => {
  test("a blank goes on with the code before, news is left out, errors are seen", () => {
    const [greeting, table, error] = replyReader()(TEXT);
    expect([greeting.code, table.code, error.code]).toEqual([1, 0, 8003]);
    expect(table.lines.map(({ code }) => code)).toEqual([2002, 1002, 1002, 0]);
  });

  test("in pieces of any size they are the same", () => {
    const whole = replyReader()(TEXT);
    for (const size of [1, 2, 7, 50]) {
      const read = replyReader();
      const pieces = TEXT.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      expect(pieces.flatMap((piece) => read(piece))).toEqual(whole);
    }
  });
});

describe("a socket that can't be used: a sentence that says what to do", () => {
  const trouble = async () => (await troublesWith(birdDaemon(socket), all)).join("\n");

  test("none there, an ordinary file, somebody else's", async () => {
    expect(await trouble()).toMatch(
      /^no such socket: .*bird\.ctl: see whether BIRD runs, and whether anycast\.bird\.socket/,
    );
    writeFileSync(socket, "");
    expect(await trouble()).toMatch(/nobody answers on .*: BIRD has ended; start it again/);
    rmSync(socket);
    server = createServer((client) => client.end("220 mail.example.net ESMTP\r\n")).listen(socket);
    expect(await trouble()).toMatch(/BIRD has closed .*: see whether it runs/);
  });

  test("no rights: which group to join", async () => {
    server = createServer().listen(socket);
    await new Promise((listening) => server?.once("listening", listening));
    chmodSync(folder, 0o755);
    chmodSync(socket, 0o600);
    const code = `import { connectBird } from ${JSON.stringify(resolve("src/anycast/bird/control.ts"))};
      await connectBird(${JSON.stringify(socket)}, () => {}).catch((error) => console.log(error.message));`;
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    if (process.getuid?.() !== 0) chmodSync(socket, 0);
    const args = ["--input-type=module-typescript", "-e", code];
    const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 10_000, ...nobody });
    expect(stdout).toMatch(
      /^no rights on .*: add the user that runs zonecast to the group that owns it.*usermod -aG bird/,
    );
  });

  testWith("bird", "one that may only look: it is not taken for done", async () => {
    bird = await startBird(staticsFor([PREFIX4, PREFIX6]));
    const real = bird.socket;
    // A door to the real BIRD that begins with "restrict", as birdc -r does.
    server = createServer((client) => {
      const inside = connect({ path: real });
      inside.write("restrict\n");
      let begun = false;
      inside.on("data", (text) => {
        const rest = begun ? text.toString() : text.toString().replace(/^0016 .*\n/m, "");
        begun ||= /0016 /.test(text.toString());
        client.write(rest);
      });
      client.on("data", (text) => inside.write(text));
      client.on("close", () => inside.destroy());
    }).listen(socket);
    expect(await trouble()).toBe("");
    await expect(withdrawFromBird(socket)).rejects.toThrow(/may only look \(8007\): name a control socket/);
  });

  testWith("bird", "all is well: nothing to say, and nothing changed", async () => {
    bird = await startBird(staticsFor([PREFIX4, PREFIX6]));
    bird.ask('enable "zonecast_up_*"');
    expect(await troublesWith(birdDaemon(bird.socket), all)).toEqual([]);
    expect(bird.up()).toHaveLength(2);
  });
});
