/** Whether a request shows the token: as a bearer (RFC 6750), or as a password that a browser has asked for (RFC 7617). */

import { createHash, timingSafeEqual } from "node:crypto";

/** What a request has shown. */
export type Shown = "right" | "wrong" | "nothing";

/** Both ways, for 401: a browser takes the one that it can ask people for. */
export const CHALLENGES: readonly string[] = ['Bearer realm="zonecast"', 'Basic realm="zonecast", charset="UTF-8"'];

/** Compares what stands in Authorization with the token. */
export function tokenJudge(token: string): (authorization: string | undefined) => Shown {
  const expected = digest(token);
  return (authorization) => {
    if (authorization === undefined) return "nothing";
    // Digests are of one length, so that the time tells neither the token's octets nor how many they are.
    return timingSafeEqual(digest(shownIn(authorization)), expected) ? "right" : "wrong";
  };
}

function shownIn(authorization: string): string {
  const [, scheme = "", rest = ""] = /^(\S+) +(\S+) *$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === "bearer") return rest;
  if (scheme.toLowerCase() !== "basic") return "";
  const pair = Buffer.from(rest, "base64").toString();
  const colon = pair.indexOf(":");
  return colon < 0 ? "" : pair.slice(colon + 1);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
