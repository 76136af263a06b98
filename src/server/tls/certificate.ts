/** A certificate and its key, as files have them: read, looked at, and refused with a sentence when clients could not use them. */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { whyNot } from "../../text/systemerror.ts";
import { type Credentials, tryCredentials } from "../../transport/tls.ts";

/** Letters of a name in logs: some certificates are for hundreds. */
const NAME_MOST = 200;

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Certificate extends Credentials {
  /** For whom it is, as people know it. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly begins: number;
  readonly ends: number;
}

/** What is wrong, as a sentence that names the file, and with which option. */
export class CertificateError extends Error {
  readonly option: keyof CertificateFiles;

  constructor(option: keyof CertificateFiles, file: string, why: string) {
    super(`tls.${option}: ${file}: ${why}`);
    this.name = "CertificateError";
    this.option = option;
  }
}

/** Reads both. Rejects with CertificateError. Whether it is over is for the caller to say: to clients here it is no matter. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const cert = await textOf("cert", files.cert);
  const key = await textOf("key", files.key);
  const x509 = certificateIn(cert, files.cert);
  const secret = keyIn(key, files.key);
  if (!x509.checkPrivateKey(secret)) {
    const why = `it is not the key of the certificate in ${files.cert}, where the server's own has to be the first one`;
    throw new CertificateError("key", files.key, why);
  }
  try {
    tryCredentials({ cert, key });
  } catch (error) {
    throw new CertificateError("cert", files.cert, `OpenSSL does not take it: ${(error as Error).message}`);
  }
  const { subjectAltName, subject, validFrom, validTo } = x509;
  const name = (subjectAltName ?? subject ?? "")
    .replaceAll(/DNS:|IP Address:/g, "")
    .replaceAll("\n", ", ")
    .slice(0, NAME_MOST);
  return { cert, key, name, begins: Date.parse(validFrom), ends: Date.parse(validTo) };
}

async function textOf(option: keyof CertificateFiles, file: string): Promise<string> {
  try {
    // A FIFO would hold its reader for ever.
    if (!(await stat(file)).isFile()) throw new Error("it is no regular file");
    return await readFile(file, "utf8");
  } catch (error) {
    throw new CertificateError(option, file, whyNot("read", error));
  }
}

function certificateIn(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new CertificateError("cert", file, "it has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  }
}

function keyIn(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    const why = pem.includes("ENCRYPTED")
      ? 'its key has a passphrase, which nobody can give here: "openssl pkey" writes one without'
      : "it has no private key in PEM (-----BEGIN PRIVATE KEY-----)";
    throw new CertificateError("key", file, why);
  }
}
