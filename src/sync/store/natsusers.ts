/**
 * The users of a store in NATS as the file that the configurations in deploy/nats/ include. It is also the list of who
 * there is: the keys in it are public, so seeds need not stay where it is kept.
 *
 *   # pop lhr1
 *   { nkey: UB…, permissions: { publish: […], subscribe: […] } }
 */

import { nkeys } from "@nats-io/transport-node";
import { LEAF, OPERATOR, PUBLISHER, popRights, type Rights } from "./natsrights.ts";
import { popKey, popOfKey } from "./zonekey.ts";

const ROLES = ["operator", "publisher", "pop", "leaf"] as const;
export type Role = (typeof ROLES)[number];

export interface NatsUser {
  readonly role: Role;
  /** Of a POP, its name in its configuration; of a leaf node, the name in its certificate. */
  readonly name: string;
  /** The public nkey; a leaf node has none, and shows its certificate. */
  readonly key: string | undefined;
}

const HEAD = `# Written by zonecast store users, which adds to it and keeps what is here. No secrets: the keys are public.
# To revoke a user take its two lines away, then have every nats-server read its configuration again (SIGHUP).
# Leaf nodes have a certificate and no password: this is what nats-server means when it warns of plaintext passwords.
users: [
`;
const OPENING = "users: [";
const TAIL = "]\n";
const TITLE = /^# (?<role>operator|publisher|pop|leaf) (?<name>\S+)$/;

/** A new user's secret seed, and its public key. */
export function newNatsKey(): { readonly seed: string; readonly key: string } {
  const pair = nkeys.createUser();
  return { seed: Buffer.from(pair.getSeed()).toString(), key: pair.getPublicKey() };
}

/** The public key of a user's seed; undefined for what is none. */
export function natsKeyOf(seed: string): string | undefined {
  try {
    const key = nkeys.fromSeed(Buffer.from(seed.trim())).getPublicKey();
    return key.startsWith("U") ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A user's name as it is in the file and in the names of files. */
export function fileName({ role, name }: Omit<NatsUser, "key">): string {
  return role === "leaf" ? name : popKey(name);
}

/** The file of these users. */
export function usersText(users: readonly NatsUser[]): string {
  return HEAD + users.map((user) => `  # ${user.role} ${fileName(user)}\n  ${entryOf(user)}\n`).join("") + TAIL;
}

/**
 * Reads who is in a file that usersText wrote. The number of the first line, from 1, that is not as it writes them, when
 * there is one: somebody has changed the file, and it must not be written over.
 */
export function readUsers(text: string): { readonly users: readonly NatsUser[] } | { readonly line: number } {
  const users: NatsUser[] = [];
  const lines = text.split("\n");
  let title: { readonly role: Role; readonly name: string } | undefined;
  const first = lines.indexOf(OPENING) + 1;
  if (first === 0) return { line: 1 };
  for (let i = first; i < lines.length && lines[i] !== "]"; i++) {
    const line = lines[i].trim();
    const entry = title && userOf(title, line);
    if (entry !== undefined) users.push(entry);
    else if (title !== undefined || titleOf(line) === undefined) return { line: i + 1 };
    title = entry === undefined ? titleOf(line) : undefined;
  }
  return title === undefined ? { users } : { line: lines.length };
}

function titleOf(line: string): { readonly role: Role; readonly name: string } | undefined {
  const { role, name } = TITLE.exec(line)?.groups ?? {};
  const said = name === undefined || role === "leaf" ? name : popOfKey(name);
  return said === undefined ? undefined : { role: role as Role, name: said };
}

function userOf(title: { readonly role: Role; readonly name: string }, line: string): NatsUser | undefined {
  if (title.role === "leaf") return line.startsWith("{ user: ") ? { ...title, key: undefined } : undefined;
  const key = /^\{ nkey: (?<key>U[A-Z2-7]{55}),/.exec(line)?.groups?.key;
  return key === undefined ? undefined : { ...title, key };
}

function entryOf(user: NatsUser): string {
  const { publish, subscribe } = rightsOf(user);
  const permissions = `permissions: { publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(subscribe)} }`;
  if (user.key !== undefined) return `{ nkey: ${user.key}, ${permissions} }`;
  // Without LEAFNODE alone, the name would be enough to connect as a client: there is no password.
  return `{ user: ${JSON.stringify(user.name)}, allowed_connection_types: ["LEAFNODE"], ${permissions} }`;
}

function rightsOf({ role, name }: NatsUser): Rights {
  switch (role) {
    case "operator":
      return OPERATOR;
    case "publisher":
      return PUBLISHER;
    case "pop":
      return popRights(name);
    case "leaf":
      return LEAF;
  }
}
