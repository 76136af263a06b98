import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * A zone file rewritten one record to a line with absolute names, directives worked out. NSD and Knot do not know
 * $GENERATE, and the tests take the owner names from here.
 */
export async function flatten(origin: string, file: string): Promise<string> {
  const style = ["-q", "-i", "none", "-k", "ignore", "-o", "-", origin, file];
  const { stdout } = await run("named-compilezone", style, {
    maxBuffer: 64 << 20,
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  return stdout;
}

/** The owner names in a flat zone text with the types each has; hashed NSEC3 owners are left out. */
export function ownersOf(flat: string): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const [owner, type] of records(flat)) {
    if (type === "NSEC3" || type === "RRSIG") continue;
    const types = owners.get(owner) ?? [];
    if (!types.includes(type)) types.push(type);
    owners.set(owner, types);
  }
  return owners;
}

/** One hashed NSEC3 owner name of a flat zone text, if it has any. */
export function hashedOwner(flat: string): string | undefined {
  return records(flat).find(([, type]) => type === "NSEC3")?.[0];
}

function records(flat: string): [string, string][] {
  const lines = flat.split("\n").filter((line) => line !== "" && !/^[;\s$]/.test(line));
  return lines.map((line) => {
    const fields = line.split(/\s+/);
    return [fields[0]!.toLowerCase(), fields[3]!];
  });
}

/** A flat zone text without what signing added. */
export function unsigned(flat: string): string {
  const added = new Set(["RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY"]);
  const lines = flat.split("\n").filter((line) => !added.has(line.split(/\s+/)[3] ?? ""));
  return `${lines.join("\n")}\n`;
}
