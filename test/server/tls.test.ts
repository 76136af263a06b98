/** The whole program with DNS over TLS, asked by others' clients, and while its certificate changes. */

import { execFile } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { checkTls, readConfig } from "../../src/cli/configfile.ts";
import { makeCertificate, OPENSSL, openssl } from "../support/certificate.ts";
import { hasNode24, testWith } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { framed } from "../transport/queries.ts";
import { until } from "../transport/stream.ts";
import { configured } from "./configured.ts";
import { directoryWith, ready, run as runProgram, type Server, start, withPorts } from "./program.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 120_000 });
/** The thread that talks TLS has the processors last: on a busy machine it takes its time. */
const PATIENCE_MS = 60_000;

const run = promisify(execFile);

/** A POP's folder with certificates of three names, of which "tls" is configured; `more` is added to the section. */
async function place(more = "", days = 60) {
  const folder = directoryWith();
  const made = (name: string, good = 60) => makeCertificate(folder, name, good).files;
  const [shown, next, other] = [made("tls.example", days), made("next.example"), made("other.example")];
  const port = await freePort();
  const zones = directoryWith({ "a.example.zone": zoneText(1) });
  const file = join(folder, "pop.yaml");
  const section = `cert: tls.example.pem, key: tls.example.key, listen: 127.0.0.1@${port}${more}`;
  writeFileSync(file, `pop: test1\nzones: ${zones}\nstate: state\ntls: { ${section} }\n`);
  return { folder, port, file, shown, next, other };
}

const kdig = async (port: number, ...args: string[]) =>
  (await run("kdig", ["@127.0.0.1", "-p", `${port}`, "+tls", "+retry=0", ...args])).stdout;
const metricOf = async ({ admin }: Server, series: string) => {
  const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(series));
  return Number(line?.split(" ").at(-1));
};

/** One query over a new connection: the name of the certificate, once there is an answer. */
function ask(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["dot"] });
  return new Promise((resolve, reject) => {
    socket.once("data", () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed before the answer")));
    socket.write(framed(1, "www.a.example"));
  });
}

/** Asks over new connections, several at a time, until told to stop; how often each certificate was shown, and what failed. */
function asking(port: number) {
  const shown: Record<string, number> = {};
  const failed: string[] = [];
  let over = false;
  const client = async () => {
    while (!over) {
      const name = await ask(port).catch((error: Error) => {
        failed.push(error.message);
        return "failed";
      });
      shown[name] = (shown[name] ?? 0) + 1;
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  return {
    shown,
    stop: async () => {
      over = true;
      await clients;
      return { shown, failed };
    },
  };
}

describe.skipIf(!OPENSSL || !hasNode24())("a server with TLS", () => {
  testWith(
    "kdig",
    "is asked by kdig and openssl: the answer is padded when the query is, and counted as TLS",
    async () => {
      const { file, port, folder } = await place();
      appendFileSync(file, "querylog: { sample: 1, to: LOG }\n");
      const server = await configured(file);
      const padded = await kdig(port, "www.a.example", "TXT", "+padding=128", "+ednsopt=11");
      expect(padded).toMatch(/TLS session \(TLS1\.3\)/);
      expect(padded).toMatch(/www\.a\.example\.\s+\d+\s+IN\s+TXT\s+"v1"/);
      // RFC 8467 §4.1: to 468 octets; RFC 7828 §3.1: ten seconds, in tenths.
      expect(padded).toMatch(/PADDING: \d+ B/);
      expect(padded).toContain("Received 468 B");
      expect(padded).toContain("Option (11): 0064");
      expect(await kdig(port, "www.a.example", "TXT", "+edns", "+nopadding")).not.toContain("PADDING");
      const queries = 'zonecast_queries_total{transport="tls",family="4",type="TXT"';
      // With the one of the start.
      expect(await metricOf(server, queries)).toBe(3);
      expect(await metricOf(server, 'zonecast_tls_handshakes_total{result="full"')).toBe(3);
      const inDays = async () =>
        ((await metricOf(server, "zonecast_tls_certificate_expiry_timestamp_seconds")) - Date.now() / 1000) / 86_400;
      expect(Math.round(await inDays())).toBe(60);
      expect((await server.status()).counts.queries).toMatchObject({ tls4: 3, tcp4: 1 });
      const lines = () =>
        (existsSync(join(folder, "LOG")) ? readFileSync(join(folder, "LOG"), "utf8") : "").split("\n");
      await until(() => lines().some((line) => line.includes('"transport":"tls"')), "the query log");
      const logged = JSON.parse(lines().find((line) => line.includes('"transport":"tls"')) ?? "{}");
      expect(logged).toMatchObject({ server: `127.0.0.1@${port}`, client: "127.0.0.1" });
      const at = ["s_client", "-connect", `127.0.0.1:${port}`, "-alpn", "dot"];
      const said = openssl(...at);
      expect(said).toContain("ALPN protocol: dot");
      expect(said).toContain("subject=CN = tls.example");
      expect(() => openssl(...at, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")).toThrow(/alert protocol version/);
      await server.stop();
    },
  );

  test("takes another certificate under load: no query is lost, and one that can't be used never replaces one that can", async () => {
    const { file, port, shown, next, other } = await place();
    const server = await configured(file);
    const load = asking(port);
    await until(() => (load.shown["tls.example"] ?? 0) > 10, "the first certificate", PATIENCE_MS);
    copyFileSync(next.cert, shown.cert);
    copyFileSync(next.key, shown.key);
    await until(() => (load.shown["next.example"] ?? 0) > 10, "the next one", PATIENCE_MS);
    // A key that is another's, then none, then none that can be read.
    copyFileSync(other.key, shown.key);
    await until(() => server.log("tls.refused").length === 1, "the first refusal", PATIENCE_MS);
    writeFileSync(shown.key, "nothing");
    await until(() => server.log("tls.refused").length === 2, "the second refusal", PATIENCE_MS);
    copyFileSync(next.key, shown.key);
    // As it was before: that is no news. Then, by SIGHUP, what came a moment ago.
    copyFileSync(other.cert, shown.cert);
    copyFileSync(other.key, shown.key);
    server.child.kill("SIGHUP");
    await until(() => (load.shown["other.example"] ?? 0) > 10, "the third one", PATIENCE_MS);
    const { failed, shown: all } = await load.stop();
    expect(failed).toEqual([]);
    expect(Object.keys(all)).toEqual(["tls.example", "next.example", "other.example"]);
    const [first, second] = server.log("tls.refused").map(({ msg }) => msg);
    expect(first).toMatch(
      /tls\.key: .*it is not the key of the certificate in .*; the certificate of CN=next.example stays/,
    );
    expect(second).toContain("it has no private key in PEM");
    expect(server.log("tls.loaded").map(({ msg }) => msg.split(",")[0])).toEqual([
      "TLS by the certificate of CN=tls.example",
      "TLS by the certificate of CN=next.example",
      "TLS by the certificate of CN=other.example",
    ]);
    // Nothing of a key is ever told.
    for (const secret of [shown, next, other]) expect(server.stdout + server.stderr).not.toContain(keyOf(secret.key));
    await server.stop();
  });

  test("shows one that has ended, and warns", async () => {
    const { file, port } = await place("", -1);
    const server = await configured(file);
    expect(await ask(port)).toBe("tls.example");
    await until(() => server.log("tls.expiring").length > 0, "the warning");
    const [line] = server.log("tls.expiring");
    expect([line?.level, line?.msg]).toEqual(["warn", expect.stringContaining("it ended at")]);
    await server.stop();
  });

  test("that is replaced lets nobody who comes over TLS down", async () => {
    const { file, port } = await place();
    const first = await configured(file);
    const load = asking(port);
    await until(() => (load.shown["tls.example"] ?? 0) > 5, "the first answers", PATIENCE_MS);
    const second = withPorts(start(["serve", "--config", file, "--replace"]), "", first.port, first.admin);
    await ready(second);
    await first.exit;
    const before = load.shown["tls.example"] ?? 0;
    await until(() => (load.shown["tls.example"] ?? 0) > before + 5, "answers of the next one", PATIENCE_MS);
    expect((await load.stop()).failed).toEqual([]);
    expect(second.log("replace.done")).toHaveLength(1);
    await second.stop();
  });

  test("does not start with what can't be used, or where others are", async () => {
    const { file, shown, other, port, folder } = await place();
    appendFileSync(file, `listen: 127.0.0.1@${port}\n`);
    const both = await runProgram(["serve", "--config", file]);
    expect([both.code, both.stderr]).toEqual([1, expect.stringContaining("is served without TLS already (listen)")]);
    copyFileSync(other.key, shown.key);
    const wrong = await runProgram(["serve", "--config", file]);
    expect([wrong.code, wrong.stderr.replaceAll(folder, "DIR")]).toEqual([
      2,
      expect.stringContaining("DIR/pop.yaml:4:36  tls.key: DIR/tls.example.key: it is not the key of the certificate"),
    ]);
    // What check-config goes by.
    await expect(checkTls(readConfig(file), file)).rejects.toThrow("it is not the key of the certificate");
  });
});

/** The middle of a key, as it stands in its file. */
function keyOf(file: string): string {
  return openssl("pkey", "-in", file).split("\n")[1];
}
