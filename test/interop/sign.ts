import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A way of signing: the arguments of dnssec-signzone that make the difference. */
export type SignMode = { name: string; args: readonly string[] };

/** A zone text signed with a fresh ECDSA P-256 key by dnssec-signzone, one record to a line. */
export async function sign(origin: string, text: string, mode: SignMode): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "interop-sign-"));
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  try {
    await writeFile(join(dir, "plain"), text);
    await run("dnssec-keygen", ["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", origin], { cwd: dir, env });
    const args = ["-S", "-z", "-q", "-O", "full", ...mode.args, "-o", origin, "-f", "signed", "plain"];
    await run("dnssec-signzone", args, { cwd: dir, env });
    return await readFile(join(dir, "signed"), "utf8");
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
