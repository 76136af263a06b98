/** Zones and versions as they stand on a command line. */

import { absoluteName, nameToText } from "../text/name.ts";
import { UsageError } from "./flags.ts";

/** A zone's name as the store writes it. Throws UsageError. */
export function zoneNamed(text: string): string {
  try {
    if (text === "") throw new Error("an empty name");
    return nameToText(absoluteName(text)).toLowerCase();
  } catch (error) {
    throw new UsageError(`"${text}" is no zone's name: ${(error as Error).message}`);
  }
}

/** "ZONE@VERSION": the zone, and the version where there is one. Throws UsageError. */
export function zoneAtVersion(text: string): { readonly zone: string; readonly version: number | undefined } {
  const groups = /^(?<zone>.*)@(?<version>\d+|live)$/s.exec(text)?.groups;
  if (groups === undefined && /[^\\]@./s.test(text)) {
    throw new UsageError(`"${text}": expected a version's number, or live, behind the @`);
  }
  if (groups === undefined) return { zone: zoneNamed(text), version: undefined };
  return { zone: zoneNamed(groups.zone), version: groups.version === "live" ? undefined : Number(groups.version) };
}

/** The number of a version. Throws UsageError. */
export function versionNumber(flag: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`${flag}: expected the number of a version, such as zonecast log shows, got "${text}"`);
}
