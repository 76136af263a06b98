/** What a page of the admin HTTP server is. Whoever has one hands it over in this form; nothing here knows what it shows. */

import type { IncomingMessage, ServerResponse } from "node:http";

/** One page of the admin server, asked with GET or HEAD only: the server has checked the method and the token before. */
export interface Page {
  /** As in the URL, without the query: "/metrics". One that ends with "/" has everything below it ("/dashboard/"). */
  readonly path: string;
  /** Its answers may go on for ever, as events do, at the pace that the page itself sees to. */
  readonly lasting?: boolean;
  /** Writes the whole answer. A rejection (or a throw) becomes a 500 unless an answer has begun. */
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}
