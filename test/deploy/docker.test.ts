/** The images, as far as can be seen without an engine: what they copy is there, who they run as, what they start. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parseFlags } from "../../src/cli/flags.ts";
import { serveVerb } from "../../src/cli/serve.ts";
import { copiedFrom, instructionsOf, passes, textsOf } from "./dockerfile.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = join(ROOT, "deploy/docker");
const ignore = readFileSync(join(ROOT, ".dockerignore"), "utf8");
const main = instructionsOf(join(FOLDER, "Dockerfile"));

describe.each(["Dockerfile", "bird.Dockerfile"])("%s", (name) => {
  const instructions = instructionsOf(join(FOLDER, name));

  test("copies what is there, and what .dockerignore lets through", () => {
    const copied = copiedFrom(instructions);
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(copied.filter((path) => !passes(ignore, path))).toEqual([]);
  });

  test("begins with FROM, and has instructions that there are", () => {
    const known = "FROM WORKDIR COPY RUN USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD".split(" ");
    expect(instructions[0]?.name).toBe("FROM");
    expect(instructions.filter((one) => !known.includes(one.name))).toEqual([]);
  });
});

test("nothing else goes to the engine: no keys, no tests, no packages of this machine", () => {
  for (const path of ["node_modules", "test", ".git", "deploy/docker/secrets", "deploy/docker/.env"]) {
    expect(passes(ignore, path), path).toBe(false);
  }
});

test("Node in the image is one that the program runs on", () => {
  const needed = /const NEEDED = (\d+);/.exec(readFileSync(join(ROOT, "src/zonecast.js"), "utf8"))?.[1];
  for (const from of textsOf(main, "FROM")) expect(from).toContain(`node:${needed}-`);
});

test("it runs as a user that is made there and is not root, and owns the state", () => {
  const [user] = textsOf(main, "USER");
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(user ?? "") ?? [];
  const made = textsOf(main, "RUN").join("\n");
  expect(Number(uid)).toBeGreaterThan(0);
  expect(made).toContain(`useradd --system --uid ${uid} --gid ${gid} `);
  expect(made).toContain(`-m 0750 ${textsOf(main, "VOLUME")[0]}`);
});

test("what it starts is a command that serve takes, at the ports it exposes", () => {
  const [verb, ...args] = JSON.parse(textsOf(main, "CMD")[0] ?? "") as string[];
  expect([...(JSON.parse(textsOf(main, "ENTRYPOINT")[0] ?? "") as string[]), verb]).toEqual(["zonecast", "serve"]);
  const { flags } = parseFlags(serveVerb, args);
  expect(flags.listen).toEqual(["0.0.0.0@53", "::@53"]);
  expect(flags.state).toBe(textsOf(main, "VOLUME")[0]);
  expect(textsOf(main, "EXPOSE")).toEqual(["53/udp 53/tcp"]);
  // health.js asks there.
  expect(flags.admin).toBe("127.0.0.1@9053");
});

describe("the health check", () => {
  const script = join(FOLDER, "health.js");

  async function check(environment: Record<string, string>): Promise<[number, string]> {
    const child = spawn(process.execPath, [script], { env: { ...process.env, ...environment } });
    let text = "";
    child.stdout.on("data", (more: Buffer) => {
      text += more;
    });
    const [code] = (await once(child, "close")) as [number];
    return [code, text];
  }

  test("is what the image has, where it has it", () => {
    const [health] = textsOf(main, "HEALTHCHECK");
    expect(health).toContain('CMD ["node", "/opt/zonecast/health.js"]');
    expect(textsOf(main, "WORKDIR").at(-1)).toBe("/opt/zonecast");
    expect(textsOf(main, "COPY")).toContain("deploy/docker/health.js health.js");
  });

  test("goes by /readyz, with the token; and fails when nobody answers", async () => {
    const asked: (string | undefined)[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.writeHead(status).end("reasons");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const where = { ZONECAST_ADMIN: `127.0.0.1:${(server.address() as AddressInfo).port}` };
    expect(await check(where)).toEqual([0, "reasons"]);
    status = 503;
    expect(await check({ ...where, ZONECAST_ADMIN_TOKEN: "0123456789abcdef" })).toEqual([1, "reasons"]);
    expect(asked).toEqual(["/readyz undefined", "/readyz Bearer 0123456789abcdef"]);
    await new Promise((closed) => server.close(closed));
    const [code, text] = await check(where);
    expect(code).toBe(1);
    expect(text).toContain("/readyz does not answer");
  });
});
