/** Tells what compile threads can't do: once, and again only when it has worked in between. */

import type { Logger } from "pino";
import type { TellKept } from "./lane.ts";

/** What a lane tells how keeping went, for the log. `images` is the folder. */
export function toldUnwritable(images: string, log: Logger): TellKept {
  let told = false;
  return (written, unwritable) => {
    if (unwritable !== undefined && !told) {
      const text = `compiled zones can't be kept in ${images}: ${unwritable}; the next start parses them again`;
      log.warn({ event: "state.unwritable", directory: images }, text);
    }
    if (unwritable !== undefined) told = true;
    else if (written > 0) told = false;
  };
}

/** What a lane tells when it can't have a thread, for the log. */
export function toldUnable(log: Logger): (why: string) => void {
  return (why) => {
    const text = `zones can't be compiled: no thread can be started: ${why}; tried every second, what is served goes on`;
    log.error({ event: "compiler.unable", why }, text);
  };
}
