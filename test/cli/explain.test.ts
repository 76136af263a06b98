/** zonecast explain, by its transcript; and that no explanation ever differs from the answer it explains. */

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { Catalogue } from "../../src/answer/catalogue.ts";
import { explain } from "../../src/answer/explain/explain.ts";
import { nameFromText } from "../../src/text/name.ts";
import { RrType, typeFromText } from "../../src/wire/rrtype.ts";
import { directoryWith, run } from "../server/program.ts";
import { ROOT_DIRECTORY, zoneFromFile } from "../support/server.ts";
import { folder, hostsZone } from "./publisher.ts";

vi.setConfig({ testTimeout: 120_000 });

const TRANSCRIPT = join(import.meta.dirname, "explain.txt");
/** Base64 says nothing to a reader. */
const SIGNATURE = /(?<=^\S+ +\d+ +IN +RRSIG .* \S{8})[\w+/=]{40,}/gm;

/** Runs the transcript's commands; its text with what they print. */
async function retell(text: string): Promise<string> {
  const directory = directoryWith({});
  for (const zone of ["nsec", "nsec3"]) {
    const name = `${zone}.example.zone`;
    cpSync(join(ROOT_DIRECTORY, "zones", name), join(directory, "signed", name));
  }
  const out: string[] = [];
  let file: string | undefined;
  let printed = false;
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.split(" ");
    if (word === "file" || word === "$" || word === "#") printed = false;
    if (printed) continue;
    out.push(line);
    if (word === "file") {
      file = join(directory, rest.join(" "));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, "");
    } else if (file !== undefined && line.startsWith("  ")) writeFileSync(file, `${line.slice(2)}\n`, { flag: "a" });
    else if (word === "" && file !== undefined && out.at(-2)?.startsWith("  ;"))
      writeFileSync(file, "\n", { flag: "a" });
    else if (word === "$") {
      file = undefined;
      const { stdout, stderr, code } = await run(rest, { cwd: directory });
      out.push(...`${stdout}${stderr}exit ${code}\n`.replaceAll(directory, "").replace(SIGNATURE, "…").split("\n"));
      printed = true;
    }
  }
  return `${out.join("\n").trimEnd()}\n`;
}

test("the transcript", async () => {
  await expect(await retell(readFileSync(TRANSCRIPT, "utf8"))).toMatchFileSnapshot(TRANSCRIPT);
});

test("--json has the same, for machines", async () => {
  const { stdout, code } = await run(["explain", "www.company.example", "A", "zones", "--json"], {
    cwd: ROOT_DIRECTORY,
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    question: { name: "www.company.example.", type: "A", dnssec: false },
    status: "NOERROR",
    flags: ["qr", "aa"],
    steps: [{ rule: "RFC 1034 §4.3.2 2" }, { rule: "RFC 1034 §4.3.2 3a" }, { rule: "RFC 1034 §4.3.2 3a" }],
    answer: [{ type: "A", ttl: 3600, rdata: "192.0.2.80", from: "zones/company.example.zone:30" }],
    authority: [],
  });
});

describe("from a store", () => {
  test("what is live, or a version; lines are those of the published text", async () => {
    const desk = await folder();
    for (const serial of [1, 2]) {
      desk.write("a.example.zone", hostsZone(serial, 3, { 0: `198.51.100.${serial}` }));
      await desk.run("push", "a.example.zone");
    }
    const live = await desk.run("explain", "a.example", "SOA");
    expect(live.code).toBe(0);
    expect(live.stdout).toContain("zone a.example., serial 2");
    expect(live.stdout).toMatch(/ SOA .* ; a\.example\.@2:1$/m);
    const first = await desk.run("explain", "a.example", "SOA", "--version", "1");
    expect(first.stdout).toMatch(/serial 1[\s\S]* ; a\.example\.@1:1$/m);
    const none = await desk.run("explain", "a.example", "SOA", "--version", "9");
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("a.example. has no version 9")]);
    expect((await desk.run("explain", "www.b.example", "A")).stdout).toContain("status: REFUSED");
  });
});

describe("no explanation differs from its answer", () => {
  const files = ["zones", "test/answer/zones"].flatMap((at) =>
    readdirSync(join(ROOT_DIRECTORY, at))
      .filter((name) => /example\.zone$/.test(name))
      .map((name) => `${at}/${name}`),
  );
  const zones = files.map(zoneFromFile);
  const catalogue = new Catalogue();
  for (const { apex, zone } of zones) catalogue.set(nameFromText(apex), zone);
  catalogue.complete = true;
  const types = ["A", "AAAA", "CNAME", "DS", "NS", "TXT", "SOA", "ANY", "RRSIG", "NSEC", "LOC"].map(typeFromText);

  /** Every owner of a zone's text, one below it, and one beside it. */
  const names = (path: string, apex: string) => {
    const owners = readFileSync(join(ROOT_DIRECTORY, path), "utf8").matchAll(/^(?<owner>[\w*][\w.*-]*)[\t ]/gm);
    const full = [...owners].map(({ groups }) => {
      const owner = groups?.owner ?? "";
      return owner.endsWith(".") ? owner : `${owner}.${apex}`;
    });
    const all = full.filter((name) => name.endsWith(apex)).flatMap((name) => [name, `x.${name}`, `a.b.${name}`]);
    return [...new Set([...all, apex, `nothing.${apex}`])];
  };

  test.each(files.map((path, i) => [path, zones[i].apex] as const))("%s", (path, apex) => {
    let explained = 0;
    for (const name of names(path, apex)) {
      for (const type of types) {
        for (const dnssec of [false, true]) {
          const { steps, reply } = explain(catalogue, { name: nameFromText(name), type, dnssec, stream: false });
          const proofs = reply.authority.filter(
            (record) => record.type === RrType.NSEC || record.type === RrType.NSEC3,
          );
          const told = steps.filter(({ text }) => /^NSEC3? of /.test(text));
          expect([name, type, told.length]).toEqual([name, type, proofs.length]);
          // Each record of a proof is there for something.
          expect(told.filter(({ text }) => text.endsWith(": ")).map(({ text }) => `${name} ${type}: ${text}`)).toEqual(
            [],
          );
          explained++;
        }
      }
    }
    expect(explained).toBeGreaterThan(20);
  });
});
