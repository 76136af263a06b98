/** All that is checked of a zone once its records are read. What only concerns one record, its reader has checked. */

import type { Problems } from "../problem.ts";
import type { RrSets } from "../rrsets.ts";
import { checkAliases } from "./alias.ts";
import { checkApex } from "./apex.ts";
import { checkNsec3Chain } from "./nsec3chain.ts";
import { checkNsecChain } from "./nsecchain.ts";
import { checkOccluded } from "./occluded.ts";
import { Report } from "./report.ts";
import { checkRrsets } from "./rrset.ts";
import { checkSignatures, type Window } from "./signature.ts";
import { checkTargets } from "./target.ts";

/** Adds what is wrong with a zone to its problems, and tells how long that holds. `now`: seconds since 1970. */
export function check(sets: RrSets, problems: Problems, now: number): Window {
  const report = new Report(sets, problems);
  checkApex(sets, report);
  checkRrsets(sets, report);
  checkAliases(sets, report);
  checkOccluded(sets, report);
  checkTargets(sets, report);
  const holds = checkSignatures(sets, report, now);
  checkNsecChain(sets, report);
  checkNsec3Chain(sets, report);
  return holds;
}
