/** Why the search goes on at an alias's target, or ends there (answer/alias.ts). */

import { nameToText } from "../../text/name.ts";
import type { Name } from "../../wire/name.ts";
import { RrType, typeToText } from "../../wire/rrtype.ts";
import type { Zone } from "../../zone/image.ts";
import { holderOf } from "../catalogue.ts";
import { type Exchange, MOST_ALIASES } from "../exchange.ts";
import type { Step } from "./step.ts";
import { textOf } from "./walk.ts";

/** What became of the target of the alias at a hop. */
export function onward(x: Exchange, zone: Zone, target: Name, hop: number): Step {
  const name = textOf(target);
  if (hop < x.hop) {
    return { rule: "RFC 1034 §4.3.2 3a", text: `${name} is in the same zone: the search goes on there` };
  }
  const held = holderOf(x.catalogue, target, x.type);
  if (x.type === RrType.CNAME || x.type === RrType.ANY) {
    return { rule: "RFC 1034 §3.6.2", text: `${typeToText(x.type)} was asked for: it is not followed` };
  }
  if (held !== undefined && held.zone !== zone) {
    const text = `${name} is in another zone of ours, ${nameToText(held.apex)}: resolvers ask for it by itself, and so end we here`;
    return { rule: "RFC 2181 §5.4.1", text };
  }
  if (held === undefined) {
    return { rule: "RFC 1034 §4.3.2 3a", text: `${name} is in no zone of ours: resolvers go on elsewhere` };
  }
  if (hop === MOST_ALIASES) {
    return { rule: "RFC 1034 §3.6.2", text: `after ${MOST_ALIASES} aliases the resolver has to go on by itself` };
  }
  const seen = x.names.slice(0, hop + 1).some((known) => known.equals(target));
  const why = seen ? `${name} was there before: the aliases go round in a circle` : `there is no room left for ${name}`;
  return { rule: "RFC 1034 §5.2.2", text: why };
}
