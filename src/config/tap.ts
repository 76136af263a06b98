/** The options querylog, dnstap and catchment: what of the queries is copied, and where it goes. */

import { absoluteName } from "../text/name.ts";
import { type Prefix, prefixFromText } from "../text/prefix.ts";
import { Rcode } from "../wire/header.ts";
import { choice, either, integer, list, section, text, type Value } from "./option.ts";

const MOST_SAMPLE = 1_000_000;

const clients = text<Prefix | undefined>("a prefix, such as 192.0.2.0/24 or 2001:db8::/32", undefined, (value) =>
  prefixFromText(value),
);

/** A name in wire form and lower case. */
const zone = text<Uint8Array | undefined>("a zone's name, such as example.com", undefined, (value) => {
  if (value === "") return undefined;
  try {
    return absoluteName(value.toLowerCase());
  } catch {
    return undefined;
  }
});

const rcodes = Object.keys(Rcode) as (keyof typeof Rcode)[];

/** Which queries an output takes. */
const chosen = (sample: number) => ({
  /** One in so many of those that match; 0 is none. */
  sample: integer({ min: 0, max: MOST_SAMPLE, default: sample }),
  /** Only names at or below these. */
  zones: list(zone, []),
  /** Only clients in these prefixes. */
  clients: list(clients, []),
  /** Only replies with these response codes. */
  rcodes: list(choice(rcodes, "SERVFAIL"), []),
});

const path = (expected: string) => (value: string) => (value === "" || value === expected ? undefined : value);

/** A line for each query, off unless sampled. */
export const querylog = section({
  ...chosen(0),
  /** "-" is standard output; unix:PATH is a socket that somebody listens at. */
  to: text<string>("a path, unix:PATH, or - for standard output", "-", path("unix:")),
});

/** Messages for a dnstap reader, off without its socket. */
export const dnstap = section({
  ...chosen(1),
  socket: text<string | undefined>("the path of a socket", undefined, path("")),
});

/** Clients by prefix: one in so many queries is looked at; auto does where somebody can see it. */
export const catchment = either(integer({ min: 0, max: MOST_SAMPLE, default: 64 }), choice(["auto"], "auto"));

/** What one output takes. */
export type TapFilter = Omit<Value<typeof querylog>, "to">;
