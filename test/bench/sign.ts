/** Zones signed by BIND's tools, as the servers' users would. */

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { notInstalled, type Workplace } from "./workplace.ts";

/** Why zones can't be signed here, if so. */
export function cannotSign(): string | undefined {
  const lacking = notInstalled(["dnssec-keygen", "dnssec-signzone"]);
  return lacking.length === 0 ? undefined : `${lacking.join(" and ")} not installed`;
}

/** Signs a zone file in its place with a fresh ECDSA P-256 key; NSEC3 as RFC 9276 wants it: no salt, no iterations. */
export async function signZone(
  place: Workplace,
  origin: string,
  file: string,
  proofs: "NSEC" | "NSEC3",
): Promise<void> {
  const keys = place.folder();
  const plain = join(keys, "plain");
  copyFileSync(file, plain);
  await place.run(["dnssec-keygen", "-q", "-K", keys, "-a", "ECDSAP256SHA256", "-f", "KSK", origin]);
  const chain = proofs === "NSEC3" ? ["-3", "-", "-H", "0"] : [];
  const files = ["-d", keys, "-K", keys, "-f", file, "-o", origin, plain];
  await place.run(["dnssec-signzone", "-S", "-z", "-q", "-O", "full", ...chain, ...files]);
}
