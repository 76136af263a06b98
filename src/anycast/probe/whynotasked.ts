/** Why nothing has answered, with what to do about it. */

import type { Fault } from "./expectation.ts";

/** A connection that the other side has ended. */
export const CLOSED = "the connection was closed";

/**
 * `code` is the system's, undefined when there was none; the timeout is in milliseconds. A server that takes connections
 * and ends them again has too many: clients that keep theirs open could do that to every POP, so it is not hard.
 */
export function whyNotAsked(code: string | undefined, timeout: number): Fault {
  switch (code) {
    case CLOSED:
    case "ECONNRESET":
    case "EPIPE":
      return {
        severity: "wrong",
        what: "the connection was closed; see whether there are more connections than tcp.connections and tcp.per-client allow",
      };
    case undefined:
      return hard(
        `nothing came in ${timeout} ms; see whether an answering thread hangs (/status), and whether a firewall is in between`,
      );
    case "ECONNREFUSED":
      return hard("nobody has this port; see the log for what became of the answering threads");
    case "EADDRNOTAVAIL":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return hard(`${code}: this machine does not have the address any more; see "ip address"`);
    case "EMFILE":
    case "ENFILE":
      return hard("too many open files to ask: raise the limit (ulimit -n)");
    default:
      return hard(`${code}; see the log`);
  }
}

function hard(what: string): Fault {
  return { severity: "hard", what };
}
