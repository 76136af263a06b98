/** The operator's guide (deploy/README.md) is true: each command in it is run, in order, and prints what the guide shows. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { directoryWith } from "../server/program.ts";
import { testWith } from "../support/need.ts";
import { ROOT_DIRECTORY } from "../support/server.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { type Command, itemsOf } from "./guide.ts";

vi.setConfig({ testTimeout: 120_000 });

const GUIDE = readFileSync(join(ROOT_DIRECTORY, "deploy/README.md"), "utf8");

/** What this test does not run, and why. Everything else in the guide's sessions is run. */
const NOT_RUN: readonly { readonly command: RegExp; readonly why: string }[] = [
  {
    command: /^npm install -g \.$/,
    why: "would change the machine; the program of this tree is put in the PATH instead",
  },
  {
    command: /^zonecast (?:drain|undrain)\b/,
    why: "needs a POP that announces: test/cli/drain.test.ts has one",
  },
];

const running = new Set<ChildProcess>();
afterAll(() => {
  // Each is the head of a group of its own, with the shell's child in it.
  for (const { pid } of running) if (pid !== undefined) end(pid);
});

function end(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** The guide's addresses and paths → those of the sandbox: all that is changed in its commands and files. */
async function substitutions(folder: string): Promise<(text: string) => string> {
  const [first, second, admin] = [await freePort(), await freePort(), await freePort()];
  const table: readonly (readonly [RegExp, string])[] = [
    [/\/etc\/zonecast/g, join(folder, "etc")],
    [/\/var\/lib\/zonecast/g, join(folder, "lib")],
    [/192\.0\.2\.10@53/g, `127.0.0.1@${first}`],
    [/192\.0\.2\.11@53/g, `127.0.0.1@${second}`],
    [/@192\.0\.2\.10\b/g, `@127.0.0.1 -p ${first}`],
    [/@192\.0\.2\.11\b/g, `@127.0.0.1 -p ${second}`],
    [/127\.0\.0\.1(?<sign>[@:])9053/g, `127.0.0.1$<sign>${admin}`],
    // One machine: a file is store enough. test/sync/store/contract holds both engines to the same.
    [/nats:\/\/store\.example\.net:4222/g, `sqlite:${join(folder, "store.db")}`],
  ];
  return (text) => table.reduce((so, [from, to]) => so.replace(from, to), text);
}

/** A shell with the program in its PATH. */
class Desk {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  /** Beside what the guide writes, as an operator would be. */
  readonly #cwd: string;
  #service: ChildProcess | undefined;

  constructor(folder: string) {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const main = join(ROOT_DIRECTORY, "src/main.ts");
    const node = join(ROOT_DIRECTORY, "node_modules/.bin/node");
    writeFileSync(join(bin, "zonecast"), `#!/bin/sh\nexec "${node}" "${main}" "$@"\n`, { mode: 0o755 });
    const { ZONECAST_STORE: _, ZONECAST_KEY: __, ZONECAST_TRUST: ___, ...rest } = process.env;
    const PATH = `${bin}${delimiter}${rest.PATH}`;
    this.#environment = { ...rest, PATH, XDG_CACHE_HOME: join(folder, "cache") };
    this.#folder = folder;
    this.#cwd = join(folder, "desk");
    mkdirSync(this.#cwd);
  }

  /** Runs a command; what it prints. */
  async run(text: string): Promise<string> {
    const set = /^export (?<name>\w+)=(?<value>.*)$/.exec(text)?.groups;
    if (set !== undefined) this.#environment[set.name] = set.value;
    else if (text === "systemctl enable --now zonecast") this.#service = await this.#serve(this.#unit());
    else if (text === "systemctl stop zonecast") await this.#stop();
    else if (text.endsWith(" &")) await this.#serve(text.slice(0, -2));
    else return this.#shell(text);
    return "";
  }

  #shell(text: string): string {
    const { stdout, stderr, status } = spawnSync("sh", ["-c", text], {
      env: this.#environment,
      cwd: this.#cwd,
      encoding: "utf8",
    });
    expect([text, status, status === 0 ? "" : stdout + stderr]).toEqual([text, 0, ""]);
    return stdout + stderr;
  }

  /** There is no systemd here: what its unit says is started as it would. */
  #unit(): string {
    const unit = readFileSync(join(this.#folder, "zonecast.service"), "utf8");
    const word = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1];
    return `${word("Environment")} ${word("ExecStart")}`;
  }

  /** Starts a server, and waits until it says that it serves, or waits for the first zone. */
  async #serve(text: string): Promise<ChildProcess> {
    const child = spawn("sh", ["-c", text], { env: this.#environment, cwd: this.#cwd, detached: true });
    running.add(child);
    let log = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        log += part;
      });
    }
    await until(
      () => /CH TXT id\.server|it waits for the store/.test(log) || child.exitCode !== null,
      `"${text}" to be ready`,
    );
    expect([text, child.exitCode, child.exitCode === null ? "" : log]).toEqual([text, null, ""]);
    return child;
  }

  async #stop(): Promise<void> {
    const child = this.#service;
    if (child?.pid === undefined) throw new Error("nothing was started");
    process.kill(-child.pid, "SIGTERM");
    await until(() => child.exitCode !== null || child.signalCode !== null, "the server to end");
  }
}

testWith("dig", "every command, from the first POP to the way back", async () => {
  const folder = directoryWith({});
  const here = await substitutions(folder);
  const desk = new Desk(folder);
  let ran = 0;
  for (const item of itemsOf(GUIDE)) {
    if ("file" in item) {
      // systemd's own folder is not ours to write to.
      const path = item.file.path.startsWith("/etc/zonecast") ? here(item.file.path) : join(folder, "zonecast.service");
      if (/\/systemd\/.*(?<!zonecast\.service)$/.test(item.file.path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, here(item.file.text));
    } else if (NOT_RUN.every(({ command }) => !command.test(item.command.text))) {
      await check(item.command, desk, here);
      ran++;
    }
  }
  expect(ran).toBeGreaterThan(20);
});

async function check({ line, text, expected }: Command, desk: Desk, here: (text: string) => string): Promise<void> {
  const printed = await desk.run(here(text));
  for (const wanted of expected) {
    const seen = printed.split("\n").some((one) => one.includes(here(wanted)));
    expect([`deploy/README.md:${line}`, text, wanted, seen ? wanted : printed]).toEqual([
      `deploy/README.md:${line}`,
      text,
      wanted,
      wanted,
    ]);
  }
}

test("what is not run is in the guide, and has a reason", () => {
  const commands = itemsOf(GUIDE).flatMap((item) => ("command" in item ? [item.command.text] : []));
  for (const { command, why } of NOT_RUN) {
    expect([String(command), commands.some((text) => command.test(text))]).toEqual([String(command), true]);
    expect(why.length).toBeGreaterThan(20);
  }
});

const ALERTS = join(ROOT_DIRECTORY, "deploy/prometheus/alerts.yml");

test.runIf(existsSync(ALERTS))("each alert is in the guide", () => {
  const names = [...readFileSync(ALERTS, "utf8").matchAll(/^\s*- alert: (?<name>\w+)/gm)].map(
    ({ groups }) => groups?.name,
  );
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !GUIDE.includes(`\`${name}\``))).toEqual([]);
});

test("files and folders that the guide's table of examples names are there", () => {
  const names = [...GUIDE.matchAll(/^\| `(?<name>[\w./-]+)` \|/gm)].map(({ groups }) => groups?.name ?? "");
  expect(names).toContain("pop.yaml");
  const examples = names.filter((name) => !name.startsWith("/") && !/^control\.sock$/.test(name));
  expect(examples.filter((name) => !existsSync(join(ROOT_DIRECTORY, "deploy", name)))).toEqual([]);
});
