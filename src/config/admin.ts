/** The option admin: where operators reach this POP over HTTP, and with which token. */

import { type Listen, listenFromText, listenToText } from "../text/listen.ts";
import { boolean, required, secret, section, sectionOr, text, type Value } from "./option.ts";

const listen = text<Listen | undefined>("ADDR@PORT, such as 127.0.0.1@9053", undefined, listenFromText);

const TOKEN = "a token of 16 to 256 printable ASCII characters without spaces, such as openssl rand -hex 16 prints";

/** What can't be guessed, and goes into a header of HTTP as it stands. */
function isToken(value: string): boolean {
  return /^[\x21-\x7e]{16,256}$/.test(value);
}

const inner = section({
  listen: required(listen),
  /** What whoever asks has to show; ZONECAST_ADMIN_TOKEN in the environment wins. */
  token: secret(text<string | undefined>(TOKEN, undefined, (value) => (isToken(value) ? value : undefined))),
  /** The pages for browsers. */
  dashboard: boolean(true),
});

/** An address alone, or a section. What is neither may be a token. */
export const admin = sectionOr(inner, secret(listen));

/** The admin HTTP server as it is to be opened. */
export interface AdminSettings {
  readonly listen: Listen;
  /** Undefined: whoever reaches the address, which is a loopback one, may ask. */
  readonly token: string | undefined;
  readonly dashboard: boolean;
}

/** What to open, or what is wrong with it as a sentence; neither when there is no address. */
export function adminSettings(
  option: Value<typeof admin>,
  flag: Listen | undefined,
  environment: string | undefined,
): { readonly settings?: AdminSettings; readonly wrong?: string } {
  const written = option === undefined || "listen" in option ? option : { listen: option };
  const where = flag ?? written?.listen;
  if (where === undefined) return {};
  // Never the token itself: errors end up in logs.
  if (environment && !isToken(environment)) return { wrong: `ZONECAST_ADMIN_TOKEN: expected ${TOKEN}` };
  const { token, dashboard } = { token: undefined, dashboard: true, ...written };
  const settings = { listen: where, token: environment || token, dashboard };
  if (settings.token !== undefined || isLoopback(where.address)) return { settings };
  const wrong = [
    `admin: ${listenToText(where)} can be reached from other machines and has no token: give it one (admin.token, or`,
    "ZONECAST_ADMIN_TOKEN in the environment, 16 characters or more), or take a loopback address such as 127.0.0.1@9053",
  ];
  return { wrong: wrong.join(" ") };
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
