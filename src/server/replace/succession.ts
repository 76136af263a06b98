/** The old process's side of a replacement: who asks to take its place, one at a time, and when that one is ready. */

import type { Duplex } from "node:stream";
import type { Tell } from "../log.ts";
import { Heir } from "./heir.ts";
import { listen, type NewWord, PLACE, PROTOCOL, say } from "./words.ts";

export interface SuccessionArgs {
  readonly pop: string;
  readonly version: string;
  /** Of cookies, where none are configured: what clients hold stays good. */
  readonly secrets: readonly Uint8Array[];
  /** Why it can't be replaced now, as a sentence; undefined when it can. */
  readonly unable: () => string | undefined;
  /** Which of these zones are served here. */
  readonly serves: (zones: readonly string[]) => string[];
  /** One that was to take our place is gone: what comes is ours alone again. */
  readonly failed: () => void;
  /** There are routes that can be handed over. */
  readonly routes: () => boolean;
  /** Milliseconds that it takes at most until routes are withdrawn and queries have gone. */
  readonly leaving: number;
  readonly tell: Tell;
}

export class Succession {
  readonly #args: SuccessionArgs;
  #next = Promise.withResolvers<Heir>();
  #candidate: number | undefined;

  constructor(args: SuccessionArgs) {
    this.#args = args;
  }

  /** Resolves when somebody is ready to take our place; once he is gone instead, there is another promise. */
  get ready(): Promise<Heir> {
    return this.#next.promise;
  }

  /** Takes an upgrade of the control socket. */
  meet(url: string, protocol: string | undefined, socket: Duplex, head: Uint8Array): void {
    const { pathname, searchParams } = new URL(url, "http://control");
    socket.on("error", () => {});
    if (pathname !== PLACE || protocol !== PROTOCOL) {
      refuse(socket, 404, `there is an upgrade of ${PLACE} to ${PROTOCOL}`);
      return;
    }
    const pid = Number(searchParams.get("pid"));
    const why = this.#whyNot(searchParams.get("pop") ?? "", searchParams.get("managed") === "1");
    if (why !== undefined) {
      refuse(socket, 409, why);
      return;
    }
    this.#welcome({ pid, version: searchParams.get("version") ?? "" }, socket, head);
  }

  #whyNot(pop: string, managed: boolean): string | undefined {
    if (pop !== this.#args.pop) {
      return `POP ${this.#args.pop} runs here, and is not replaced by ${pop}: give the new one the same --pop, or another --state`;
    }
    if (this.#candidate !== undefined) {
      return `process ${this.#candidate} is taking the place of this one already: wait until it has, or stop it`;
    }
    if (process.env.NOTIFY_SOCKET && !managed) {
      return "a service manager runs this server, and would take its end for a failure: use systemctl reload";
    }
    return this.#args.unable();
  }

  #welcome({ pid, version }: Pick<Heir, "pid" | "version">, socket: Duplex, head: Uint8Array): void {
    const { tell, secrets, routes } = this.#args;
    this.#candidate = pid;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\n\r\n`);
    say(socket, {
      say: "welcome",
      pid: process.pid,
      version: this.#args.version,
      secrets: secrets.map((secret) => Buffer.from(secret).toString("base64")),
      leaving: this.#args.leaving,
      watchdog: process.env.WATCHDOG_USEC,
      routes: routes(),
    });
    tell("info", "replace.begun", { pid, release: version }, `process ${pid} (${version}) is to take our place`);
    let heir: Heir | undefined;
    listen<NewWord>(socket, head, (word) => {
      if (word.say === "took") heir?.took(word);
      if (word.say !== "ready" || heir) return;
      const zones = this.#args.serves(word.failed);
      if (zones.length > 0) {
        say(socket, { say: "unfit", zones });
        return;
      }
      heir = new Heir({ pid, version, box: word.routes?.box }, socket);
      this.#next.resolve(heir);
    });
    socket.once("close", () => {
      this.#candidate = undefined;
      if (heir && !heir.accepted) this.#next = Promise.withResolvers();
      heir?.vanished();
      if (heir?.accepted) return;
      this.#args.failed();
      tell("warn", "replace.failed", { pid }, `process ${pid} did not become ready: we go on as before`);
    });
  }
}

function refuse(socket: Duplex, code: number, error: string): void {
  const body = `${JSON.stringify({ error })}\n`;
  const head = `HTTP/1.1 ${code} No\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
}
