/** zonecast store users: keys for all who use a store in NATS, and the users that its servers include. */

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../config/load.ts";
import {
  fileName,
  type NatsUser,
  natsKeyOf,
  newNatsKey,
  type Role,
  readUsers,
  usersText,
} from "../sync/store/natsusers.ts";
import { errorCode, whyNot } from "../text/systemerror.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";

const flags = {
  to: { value: "DIR", help: "Where users.conf and the seeds are; made when it is missing." },
  operator: {
    value: "NAME",
    many: true,
    help: "Who makes the store and collects; may be given again, as all of these.",
  },
  publisher: { value: "NAME", many: true, help: "Who pushes: a person, a pipeline, zonecast conduct." },
  pop: { value: "NAME", many: true, help: "A POP, by the name that it has in its configuration (pop, or POP_ID)." },
  leaf: { value: "NAME", many: true, help: "A leaf node, by the DNS name in its certificate; it has no seed." },
} as const;

export const storeUsersVerb: Verb<typeof flags> = {
  name: "store users",
  about: [
    "Make a key for each user of a store in NATS, and users.conf, which the configurations in deploy/nats include: what",
    "each may do there. Users that are in it keep their keys; seeds are secret, and never written over.",
  ].join("\n"),
  flags,
};

type Wanted = Omit<NatsUser, "key">;

/** Runs the verb; the exit code. */
export async function runStoreUsers(args: readonly string[]): Promise<number> {
  const given = parseFlags(storeUsersVerb, args).flags;
  const { to } = given;
  if (to === undefined) throw new UsageError("where to? Say --to DIR");
  const named = (role: Role, names: readonly string[] = []) => names.map((name) => wantedUser(role, name));
  const wanted = [
    ...named("operator", given.operator),
    ...named("publisher", given.publisher),
    ...named("pop", given.pop),
    ...named("leaf", given.leaf),
  ];
  const file = join(to, "users.conf");
  const users = [...usersIn(file)];
  // With none named, those who are there get the rights of this version.
  if (wanted.length + users.length === 0) {
    throw new UsageError("whom for? Say --operator, --publisher, --pop or --leaf NAME");
  }
  makeFolder(to);
  for (const user of wanted) {
    if (users.some((known) => known.role === user.role && known.name === user.name)) continue;
    users.push(user.role === "leaf" ? { ...user, key: undefined } : { ...user, key: keyAt(seedFile(to, user)) });
  }
  // Sorted, so that who adds the same users in another order gets the same file.
  users.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  replaceFile(file, usersText(users));
  process.stderr.write(`${file}: ${users.length} users; nats-server reads it at its start, and on SIGHUP\n`);
  return 0;
}

function wantedUser(role: Role, name: string): Wanted {
  const fits = role === "leaf" ? /^[\w.*-]+$/.test(name) : name !== "" && name.length <= 63;
  if (fits) return { role, name };
  const what = role === "leaf" ? "a DNS name, as in its certificate" : "a name of 1 to 63 characters";
  throw new UsageError(`--${role}: expected ${what}, got "${name}"`);
}

function sortKey({ role, name }: Wanted): string {
  return `${["operator", "publisher", "leaf", "pop"].indexOf(role)} ${name}`;
}

function seedFile(to: string, user: Wanted): string {
  return join(to, `${user.role}-${fileName(user)}.nk`);
}

function makeFolder(to: string): void {
  try {
    mkdirSync(to, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw new ConfigError([`${to}: ${whyNot("write", error)}`]);
  }
}

function usersIn(file: string): readonly NatsUser[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw new ConfigError([`${file}: ${whyNot("read", error)}`]);
  }
  const read = readUsers(text);
  if ("users" in read) return read.users;
  const what = "not as zonecast store users writes it: put it back, or move the file away to begin anew";
  throw new ConfigError([`${file}:${read.line}: ${what}`]);
}

/** The public key of the seed in a file; of a new one when there is no such file. */
function keyAt(file: string): string {
  const { seed, key } = newNatsKey();
  try {
    const handle = openSync(file, "wx", 0o600);
    try {
      writeSync(handle, `${seed}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    process.stderr.write(`${file}: made; keep it safe, and bring it to its user only\n`);
    return key;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw new ConfigError([`${file}: ${whyNot("write", error)}`]);
  }
  return keyThere(file);
}

function keyThere(file: string): string {
  let seed: string;
  try {
    seed = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([`${file}: ${whyNot("read", error)}`]);
  }
  const key = natsKeyOf(seed);
  if (key !== undefined) return key;
  throw new ConfigError([`${file} holds no seed of an nkey (SU…): move it away, and a new one is made`]);
}

/** Whole or not at all: servers may read it at any time. */
function replaceFile(file: string, text: string): void {
  try {
    writeFileSync(`${file}.new`, text, { flush: true });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new ConfigError([`${file}: ${whyNot("write", error)}`]);
  }
}
