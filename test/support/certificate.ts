/** Certificates for tests, as openssl makes them: signed by themselves, which is all that clients of ours want. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { have } from "./need.ts";

export const OPENSSL = have("openssl", spawnSync("which", ["openssl"]).status === 0);

export interface Made {
  /** Paths, and what is in them. */
  readonly files: { readonly cert: string; readonly key: string };
  readonly cert: string;
  readonly key: string;
}

/** Makes NAME.pem and NAME.key in a folder, good for so many days from now on; -1 is one that has ended. */
export function makeCertificate(folder: string, name: string, days = 60): Made {
  const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const request = join(folder, `${name}.csr`);
  openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", files.key);
  openssl("req", "-new", "-key", files.key, "-subj", `/CN=${name}`, "-out", request);
  openssl("x509", "-req", "-in", request, "-signkey", files.key, "-days", String(days), "-out", files.cert);
  return { files, cert: readFileSync(files.cert, "utf8"), key: readFileSync(files.key, "utf8") };
}

/** Runs openssl; what it prints. */
export function openssl(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("openssl", args, { encoding: "utf8", input: "" });
  if (status !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
  return stdout;
}
