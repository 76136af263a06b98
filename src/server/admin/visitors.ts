/** Whoever may not reach the admin server from where he is: 403, whatever he asks for and whatever token he has. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Acl } from "../../answer/acl.ts";
import { addressOctets, unmapped } from "../../text/ipaddress.ts";
import type { Tell } from "../log.ts";
import { sendJson } from "./reply.ts";
import { seldom } from "./seldom.ts";

/** Tells of a request whether it is let in; one that is not has its answer. */
export type Doorkeeper = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Without an ACL, everybody is let in. */
export function doorkeeper(acl: Acl | undefined, tell: Tell): Doorkeeper {
  if (acl === undefined) return () => true;
  const write = seldom(() => performance.now());
  return ({ socket }, response) => {
    const client = unmapped(socket.remoteAddress ?? "");
    // A client that has gone has no address any more, and gets nothing anyway.
    if (client !== "" && !acl.denies(addressOctets(client))) return true;
    write((unwritten) => {
      const more = unwritten > 0 ? `, and ${unwritten} more were since the last line` : "";
      const text = `${client} was turned away from the admin server by acl.admin${more}`;
      tell("warn", "admin.forbidden", { client, unwritten }, text);
    });
    response.setHeader("connection", "close");
    sendJson(response, 403, { error: "this POP's acl.admin does not let your address in" });
    return false;
  };
}
