/** How a POP announces a prefix: the three kinds of announcement that routers are told apart by, and none. */

/**
 * "up": as good as any. "reserve": where nobody else is near. "draining": for routers that have no other path
 * (RFC 8326). "off": withdrawn.
 */
export type Level = "up" | "reserve" | "draining" | "off";

/** What a level puts into an announcement. */
export interface Attributes {
  /** RFC 1997: two numbers of 16 bits each, as one of 32. */
  readonly communities: readonly number[];
  /** RFC 8092. */
  readonly largeCommunities: readonly (readonly [global: number, one: number, two: number])[];
  /** MULTI_EXIT_DISC; none is sent without it. */
  readonly med: number | undefined;
  /** How many times our AS stands in the path besides. */
  readonly prepends: number;
}

export type LevelAttributes = Readonly<Record<Exclude<Level, "off">, Attributes>>;
