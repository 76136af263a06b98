/** Files of the page: held in memory, each with an ETag, so that a reload moves nothing (RFC 9110 §13.1.2). */

import { createHash } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

export interface Asset {
  readonly type: string;
  readonly octets: Buffer;
  readonly zipped: Buffer;
  readonly tag: string;
}

/**
 * Nothing but what this server serves, and no script or style in the page itself: whatever a zone or a POP is called, it
 * can't become code.
 */
const POLICY = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers of every answer. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

const TAG_LENGTH = 22;

/** Makes an asset of octets. */
export function asset(type: string, octets: Buffer): Asset {
  const tag = createHash("sha256").update(octets).digest("base64url").slice(0, TAG_LENGTH);
  return { type, octets, zipped: gzipSync(octets), tag: `W/"${tag}"` };
}

/** Answers with an asset: 304 when the browser has it. "no-cache": kept, and asked for each time. */
export function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  { type, octets, zipped, tag }: Asset,
): void {
  const headers: OutgoingHttpHeaders = {
    ...SAFE_HEADERS,
    etag: tag,
    "cache-control": "no-cache",
    vary: "accept-encoding",
  };
  if (matches(request.headers["if-none-match"], tag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const small = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? "")) && zipped.length < octets.length;
  const body = small ? zipped : octets;
  response.writeHead(200, {
    ...headers,
    "content-type": type,
    "content-length": body.length,
    ...(small ? { "content-encoding": "gzip" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** Answers with a value as JSON that nobody keeps. */
export function sendJson(request: IncomingMessage, response: ServerResponse, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(200, {
    ...SAFE_HEADERS,
    "content-type": "application/json; charset=utf-8",
    "content-length": body.length,
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** Answers with a sentence. */
export function sendText(response: ServerResponse, status: number, text: string, more: OutgoingHttpHeaders = {}): void {
  const headers = {
    ...SAFE_HEADERS,
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    ...more,
  };
  response.writeHead(status, headers).end(`${text}\n`);
}

/** RFC 9110 §13.1.2: "*", or a list of tags, compared weakly. */
function matches(asked: string | undefined, tag: string): boolean {
  if (asked === undefined) return false;
  const tags = asked.split(",").map((one) => one.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag.replace(/^W\//, ""));
}
