/** The guards that a POP runs again by itself, on what it was sent: cheap, whatever the size of the zone. */

import type { Zone } from "../image.ts";
import { apexNs, signedNoMore } from "./apex.ts";
import type { Finding, GuardLimits } from "./finding.ts";
import { empty, shrinkByHeader } from "./shrink.ts";

/**
 * What is found from the headers of two images and their apexes: empty, shrink, apex-ns, apex-dnskey. With the same limits,
 * deltaGuards finds something by each of these names as well, so what a publisher has overridden is excused here.
 *
 * That holds for the step that the publisher has judged. From an older version than that, and on the way back to an
 * earlier one, a POP finds what nobody was asked to override.
 */
export function popGuard(before: Zone, after: Zone, limits: Pick<GuardLimits, "shrink">): Finding[] {
  return [
    ...empty(before, after),
    ...shrinkByHeader(before, after, limits.shrink),
    ...apexNs(before, after),
    ...signedNoMore(before, after),
  ];
}
