/** A dashboard that is served, and who asks it. */

import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { onTestFinished } from "vitest";
import type { EventLimits } from "../../src/dashboard/events.ts";
import { openDashboard } from "../../src/dashboard/pages.ts";
import type { FleetSource } from "../../src/dashboard/source.ts";
import { listen } from "../../src/server/admin/dashboardserver.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Web {
  readonly port: number;
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Answer>;
  /** Opens a connection and reads nothing of it. */
  open(path: string): Promise<IncomingMessage>;
  /** Ends all open pages' events; whoever comes again is served. */
  close(): void;
}

/** Serves a source for one test. */
export async function served(
  source: FleetSource,
  options: { token?: string; limits?: EventLimits } = {},
): Promise<Web> {
  const dashboard = openDashboard(source, undefined, options.limits);
  const { port, close } = await listen(dashboard.pages, { address: "127.0.0.1", port: 0, token: options.token });
  onTestFinished(async () => {
    dashboard.close();
    await close();
  });
  return {
    port,
    get: async (path, headers = {}, method = "GET") => {
      const message = await asked(port, path, headers, method);
      let body = "";
      for await (const chunk of message.setEncoding("utf8")) body += chunk;
      return { status: message.statusCode ?? 0, headers: message.headers, body };
    },
    open: (path) => asked(port, path, {}, "GET"),
    close: dashboard.close,
  };
}

function asked(port: number, path: string, headers: Record<string, string>, method: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers, method }, resolve).on("error", reject).end();
  });
}

export interface FleetEvent {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** Reads events as they come; `stream.events` has those that came so far, and `text` all octets. */
export async function eventStream(web: Web): Promise<{ events: FleetEvent[]; text(): string; close(): void }> {
  const message = await web.open("/dashboard/events");
  const events: FleetEvent[] = [];
  let text = "";
  let rest = "";
  message.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const [, name, data] = /^event: (?<name>\w+)\ndata: (?<data>.*)$/.exec(part) ?? [];
      if (name !== undefined) events.push({ name, data: JSON.parse(data) as Record<string, unknown> });
    }
  });
  message.on("error", () => {});
  return { events, text: () => text, close: () => message.destroy() };
}
