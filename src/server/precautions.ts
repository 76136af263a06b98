/** What a server says at its start about the rights that it has and does not need, and about secrets that others can read. */

import { statSync } from "node:fs";
import type { Tell } from "./log.ts";

/** What is looked at: the process, and files. */
export interface Surroundings {
  /** The number of the user that we are; undefined where there are no users. */
  readonly uid: number | undefined;
  /** The rights of a file; undefined when it can't be looked at. */
  modeOf(file: string): number | undefined;
}

const here: Surroundings = {
  uid: process.geteuid?.(),
  modeOf(file) {
    try {
      return statSync(file).mode;
    } catch {
      return undefined;
    }
  },
};

const OTHERS_READ = 0o004;

/**
 * Warns, and no more. OpenSSH refuses a key that others can read; but it asks people, who can mend it at once. A POP that
 * does not start after a restart at night is an outage, and the secrets that Docker and Kubernetes mount are 0444 or
 * 0644 by default in a container that has no other users. The key that publishes is refused: see cli/storeflags.ts.
 */
export function tellOfRights(tell: Tell, secretFiles: readonly string[], { uid, modeOf }: Surroundings = here): void {
  if (uid === 0) {
    const how =
      "run it as a user of its own (User= in systemd, USER in a container); ports below 1024 need CAP_NET_BIND_SERVICE";
    tell("warn", "privileges.root", {}, `this server runs as root, which it does not need: ${how}`);
  }
  for (const file of uid === undefined ? [] : secretFiles) {
    const mode = modeOf(file);
    if (mode === undefined || (mode & OTHERS_READ) === 0) continue;
    const text = `${file} holds a secret, and every user of this machine can read it: chmod o-rwx ${file}`;
    tell("warn", "secrets.readable", { file }, text);
  }
}
