/** System errors as a sentence with what to do. */

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EPERM: "not permitted",
  EISDIR: "it is a directory",
  ENOTDIR: "it is not a directory",
  EMFILE: "too many open files: raise the limit (ulimit -n)",
  ENFILE: "too many open files on this machine: raise fs.file-max",
  ENOSPC: "no space left on the device",
  EROFS: "the file system is read-only",
  EIO: "input/output error: look at the disk",
  ERR_FS_FILE_TOO_LARGE: "larger than 2 GiB",
};

/** The code of a system error, such as "ENOENT"; empty for another kind of error. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** "can't read: no such file or directory". */
export function whyNot(verb: string, error: unknown): string {
  const code = errorCode(error);
  if (code === "EACCES") {
    const right = verb === "write" ? "writable" : "readable";
    return `can't ${verb}: permission denied: make it ${right} for the user that runs zonecast`;
  }
  return `can't ${verb}: ${REASONS[code] ?? (code || (error instanceof Error ? error.message : String(error)))}`;
}

/** Why an address can't be bound, and what to do about it. */
export function whyNotBound(code: string, address: string, port: number, protocol: string): string {
  const where = `${address}@${port}/${protocol}`;
  const flag = { http: "--admin", tls: "tls.listen" }[protocol] ?? "--listen";
  switch (code) {
    case "EADDRINUSE":
      return `can't listen on ${where}: another server has this port; stop it, or choose another with ${flag}`;
    case "EACCES":
    case "EPERM":
      return `can't listen on ${where}: ports below 1024 need the right to; run as root, give CAP_NET_BIND_SERVICE, or choose another port with ${flag}`;
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL":
      return `can't listen on ${where}: this machine does not have that address; see "ip address"`;
    default:
      return `can't listen on ${where}: ${code}`;
  }
}
