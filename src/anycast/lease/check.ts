/** Whether a routing daemon is there, lets us in, and has what we need of it: for whoever checks before a start. */

import type { Prefix } from "../../text/prefix.ts";
import { type Daemon, DaemonTrouble } from "./daemon.ts";

/** Sentences, each with what to do; none when all is well. Changes nothing. */
export async function troublesWith(daemon: Daemon, prefixes: readonly Prefix[]): Promise<readonly string[]> {
  try {
    return (await daemon.look(prefixes)).lacks;
  } catch (error) {
    if (error instanceof DaemonTrouble) return [error.message];
    throw error;
  } finally {
    daemon.end();
  }
}
