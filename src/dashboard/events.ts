/**
 * What goes to open pages: server-sent events (WHATWG HTML §9.2). The whole view first, then what changes, at most once in
 * a second. Nothing is queued for a client that does not read: it misses updates, and gets the whole view when it reads on.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { SAFE_HEADERS, sendText } from "./asset.ts";
import type { FleetSource } from "./source.ts";
import { type FleetView, updateOf, viewOf, ZONES_SHOWN } from "./view.ts";

export interface EventLimits {
  /** Open pages at once. */
  readonly clients: number;
  /** Milliseconds between two updates, and between two signs of life. */
  readonly every: number;
  readonly heartbeat: number;
  /** Milliseconds until a client that reads nothing is dropped. */
  readonly patience: number;
}

export const EVENT_LIMITS: EventLimits = { clients: 50, every: 1_000, heartbeat: 15_000, patience: 60_000 };

interface Client {
  readonly response: ServerResponse;
  /** It has missed an update; since when it has not read, on a monotonic clock. */
  lagging: boolean;
  stuck: number | undefined;
}

/** Sends the fleet to all open pages. It watches the source only while there are any. */
export class Events {
  readonly #clients = new Set<Client>();
  readonly #source: FleetSource;
  readonly #limits: EventLimits;
  readonly #here: string | undefined;
  #last: FleetView | undefined;
  #unsubscribe: (() => void) | undefined;
  #pending: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(source: FleetSource, here: string | undefined, limits: EventLimits = EVENT_LIMITS) {
    this.#source = source;
    this.#here = here;
    this.#limits = limits;
  }

  /** Open pages. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Takes a page in, or says that there are too many. */
  add(request: IncomingMessage, response: ServerResponse): void {
    if (this.#clients.size >= this.#limits.clients) {
      sendText(response, 503, "too many open dashboards: close one, and load this page again", { "retry-after": "30" });
      return;
    }
    response.writeHead(200, {
      ...SAFE_HEADERS,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // For proxies that gather what they pass on, as nginx does.
      "x-accel-buffering": "no",
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const client: Client = { response, lagging: false, stuck: undefined };
    this.#clients.add(client);
    response.on("close", () => this.#remove(client));
    // A connection that breaks while it is written to is closed, which is heard above.
    response.on("error", () => {});
    if (this.#clients.size === 1) this.#begin();
    this.#last ??= this.#view();
    this.#whole(client, this.#last);
  }

  /** Lets all pages go; they come again, if there is somebody to come to. */
  close(): void {
    for (const client of this.#clients) client.response.end();
    this.#clients.clear();
    this.#end();
  }

  #begin(): void {
    this.#unsubscribe = this.#source.subscribe(() => this.#changed());
    this.#beat = setInterval(() => this.#alive(), this.#limits.heartbeat);
    this.#beat.unref();
  }

  #end(): void {
    this.#unsubscribe?.();
    clearInterval(this.#beat);
    clearTimeout(this.#pending);
    this.#unsubscribe = undefined;
    this.#pending = undefined;
    this.#last = undefined;
  }

  #remove(client: Client): void {
    if (this.#clients.delete(client) && this.#clients.size === 0) this.#end();
  }

  /** The first change goes out within `every`, together with all that come until then. */
  #changed(): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined;
      this.#update();
    }, this.#limits.every);
    this.#pending.unref();
  }

  #update(): void {
    const from = this.#last;
    const to = this.#view();
    this.#last = to;
    const message = from === undefined ? undefined : eventText("update", updateOf(from, to));
    for (const client of this.#clients) {
      if (this.#isBusy(client)) client.lagging = true;
      else if (client.lagging || message === undefined) this.#whole(client, to);
      else client.response.write(message);
    }
  }

  #whole(client: Client, view: FleetView): void {
    client.lagging = false;
    client.response.write(eventText("snapshot", view));
  }

  /** A comment, for proxies and for finding connections whose other end has gone. */
  #alive(): void {
    for (const client of this.#clients) {
      if (this.#isBusy(client)) continue;
      if (client.lagging && this.#last !== undefined) this.#whole(client, this.#last);
      else client.response.write(": alive\n\n");
    }
  }

  /** What was written before is not gone yet; after a while the client is given up. */
  #isBusy(client: Client): boolean {
    if (!client.response.writableNeedDrain) {
      client.stuck = undefined;
      return false;
    }
    client.stuck ??= performance.now();
    if (performance.now() - client.stuck > this.#limits.patience) client.response.destroy();
    return true;
  }

  #view(): FleetView {
    return viewOf(this.#source.snapshot({ zones: ZONES_SHOWN }), this.#here);
  }
}

/** JSON has no line ends outside of its escapes, so that it fits one line of data. */
function eventText(name: string, value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}
