/** Short answers of the admin server, and the headers that all of its answers have. */

import type { ServerResponse } from "node:http";

/** A page may set others in their place. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** Gives an answer the headers that keep browsers from doing anything but showing it. */
export function setSafeHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

/** Answers with one JSON object. */
export function sendJson(response: ServerResponse, code: number, value: Readonly<Record<string, unknown>>): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(code, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}
