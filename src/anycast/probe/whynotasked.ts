/** Why nothing has answered, with what to do about it. */

/** `code` is the system's, undefined when there was none; the timeout is in milliseconds. */
export function whyNotAsked(code: string | undefined, timeout: number): string {
  switch (code) {
    case undefined:
      return `nothing came in ${timeout} ms; see whether an answering thread hangs (/status), and whether a firewall is in between`;
    case "ECONNREFUSED":
      return "nobody has this port; see the log for what became of the answering threads";
    case "EADDRNOTAVAIL":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `${code}: this machine does not have the address any more; see "ip address"`;
    case "EMFILE":
    case "ENFILE":
      return "too many open files to ask: raise the limit (ulimit -n)";
    default:
      return `${code}; see the log`;
  }
}
