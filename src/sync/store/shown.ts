/** What people write to say where a store and its credential are, as it may be shown: it may hold the secret itself. */

import { basename } from "node:path";

/** A URL without user, password and token; "sqlite:FILE" as it is; and nothing of what looks like a key. */
export function shownPlace(where: string): string {
  return where
    .split(",")
    .map((place) => withoutUser(place.trim()))
    .join(",");
}

/** One server's URL without user, password and token. */
export function withoutUser(url: string): string {
  if (looksLikeKey(url)) return HIDDEN;
  if (url.startsWith("sqlite:")) return url;
  return url.replace(/^(?<scheme>[a-z]+:\/\/)?(?:.*@)?(?<host>[^/?#]*).*$/s, "$<scheme>$<host>");
}

/** The name of a file that holds a secret, unless the secret was given in its place. */
export function shownFile(path: string): string {
  const name = basename(path);
  return looksLikeKey(name) || path.includes("-----BEGIN") || /^[^:]+:[^:]+$/.test(name) ? HIDDEN : path;
}

const HIDDEN = "(not shown, as it looks like a secret: name the file that holds it)";

/** An nkey's seed (SU…, SA…), as all of a text. */
function looksLikeKey(text: string): boolean {
  return /^S[A-Z][A-Z2-7]{50,}$/.test(text);
}
