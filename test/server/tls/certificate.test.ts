/** Certificates that can't be used: a sentence for each way. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readCertificate } from "../../../src/server/tls/certificate.ts";
import { makeCertificate, OPENSSL, openssl } from "../../support/certificate.ts";
import { directoryWith } from "../program.ts";

describe.skipIf(!OPENSSL)("a certificate and its key", () => {
  const folder = directoryWith();
  const one = OPENSSL ? makeCertificate(folder, "one.example") : undefined;
  const { cert, key } = one?.files ?? { cert: "", key: "" };

  /** Why they can't be used. */
  async function why(files: { readonly cert: string; readonly key: string }): Promise<string> {
    const error = await readCertificate(files).then(
      () => undefined,
      (error: Error) => error,
    );
    return `${error?.name}: ${error?.message}`.replaceAll(folder, "DIR");
  }

  test("are read, with the name and the time of the certificate", async () => {
    const read = await readCertificate({ cert, key });
    expect(read).toMatchObject({ name: "CN=one.example", cert: one?.cert, key: one?.key });
    expect((read.ends - read.begins) / 86_400_000).toBe(60);
  });

  test("may be in one file, the key first, with certificates of authorities behind", async () => {
    const other = makeCertificate(folder, "authority.example");
    const whole = join(folder, "whole.pem");
    writeFileSync(whole, `${one?.key}${one?.cert}${other.cert}`);
    expect((await readCertificate({ cert: whole, key: whole })).name).toBe("CN=one.example");
    writeFileSync(whole, `${other.cert}${one?.cert}`);
    expect(await why({ cert: whole, key })).toBe(
      "CertificateError: tls.key: DIR/one.example.key: it is not the key of the certificate in DIR/whole.pem, where the server's own has to be the first one",
    );
  });

  test("a file that is not there, is a directory, or is something else", async () => {
    expect(await why({ cert: join(folder, "no.pem"), key })).toBe(
      "CertificateError: tls.cert: DIR/no.pem: can't read: no such file or directory",
    );
    expect(await why({ cert, key: folder })).toBe("CertificateError: tls.key: DIR: can't read: it is no regular file");
    const text = join(folder, "text");
    writeFileSync(text, "hello");
    expect(await why({ cert: text, key })).toContain("tls.cert: DIR/text: it has no certificate in PEM");
    expect(await why({ cert, key: text })).toContain("tls.key: DIR/text: it has no private key in PEM");
    writeFileSync(text, one?.cert.slice(0, 200) ?? "");
    expect(await why({ cert: text, key })).toContain("tls.cert: DIR/text: it has no certificate in PEM");
  });

  test("a key with a passphrase", async () => {
    const secret = join(folder, "secret.key");
    openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", secret);
    expect(await why({ cert, key: secret })).toContain("tls.key: DIR/secret.key: its key has a passphrase");
  });

  test("a key that OpenSSL holds for too weak", async () => {
    const weak = { cert: join(folder, "weak.pem"), key: join(folder, "weak.key") };
    const made = ["req", "-x509", "-newkey", "rsa:512", "-nodes", "-subj", "/CN=weak", "-days", "9"];
    openssl(...made, "-keyout", weak.key, "-out", weak.cert);
    expect(readFileSync(weak.cert, "utf8")).toContain("BEGIN CERTIFICATE");
    expect(await why(weak)).toMatch(/tls\.cert: DIR\/weak\.pem: OpenSSL does not take it: .*key too small/);
  });
});
