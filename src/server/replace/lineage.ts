/** Whose place a server takes, and how others take its own. */

import type { Config } from "../../config/schema.ts";
import type { Tell } from "../log.ts";
import { controlPathOf } from "../operators.ts";
import type { Serving } from "../status.ts";
import type { AnswerThreads } from "../threads.ts";
import type { Predecessor, Successor } from "./predecessor.ts";
import { Succession } from "./succession.ts";

/** The server whose place is to be taken; undefined when none runs. Rejects with an Error that says why it can't be. */
export async function predecessorOf(config: Config, own: Successor, tell: Tell): Promise<Predecessor | undefined> {
  const path = controlPathOf(config);
  if (path === undefined) {
    throw new Error(
      "--replace: name the state directory of the running server (--state), or its control socket (control)",
    );
  }
  const { findPredecessor } = await import("./predecessor.ts");
  const found = await findPredecessor(path, own);
  if (!found) tell("info", "replace.none", { path }, `nobody is at ${path} to be replaced: starting as ever`);
  return found;
}

/** How others take our place. */
export function successionOf(
  serving: Serving,
  secrets: readonly Uint8Array[],
  threads: AnswerThreads,
  tell: Tell,
  leaving: number,
): Succession {
  const { pop, version, source } = serving;
  const unable = () => (serving.ready ? undefined : "the running server is not ready itself: wait, or stop it");
  const serves = (zones: readonly string[]) => {
    const asked = new Set(zones);
    return [...source.names()].flatMap(([zone, served]) => (served && zone && asked.has(zone) ? [zone] : []));
  };
  const routes = () => serving.routes !== undefined;
  const failed = () => threads.settle();
  return new Succession({ pop, version, secrets, unable, serves, failed, routes, tell, leaving });
}
