/** The new process's side of a replacement: the old one is found through its control socket, and told when to give way. */

import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { errorCode } from "../../text/systemerror.ts";
import type { Inheriting } from "./inheriting.ts";
import { listen, type OldWord, PLACE, PROTOCOL, say } from "./words.ts";

/** Milliseconds for the first answer: the old process may be loading zones. */
const PATIENCE_MS = 10_000;
/** Milliseconds that giving way may take; who does not by then hangs, and is ended. */
const GIVE_WAY_MS = 30_000;

/** What became of an old process. */
export type GivenWay = "over" | "vanished" | "killed" | "kept" | { readonly unfit: readonly string[] };

/** The process whose place is to be taken. */
export interface Predecessor {
  readonly pid: number;
  readonly version: string;
  /** Its secrets of cookies. */
  readonly secrets: readonly Uint8Array[];
  /** WATCHDOG_USEC of systemd, which tells it to the first process of a service only. */
  readonly watchdog: string | undefined;
  /** Its control socket. */
  readonly control: string;
  /** It has routes that it can hand over. */
  readonly routes: boolean;
  /**
   * Tells it to give way, to one that can't serve these zones, and that takes its routes if it is `inheriting`; resolves
   * when nothing of it is in the way any more, or with those of the zones that it will not give up.
   */
  giveWay(failed: readonly string[], inheriting: Inheriting | undefined): Promise<GivenWay>;
}

/** Who asks. */
export interface Successor {
  readonly pop: string;
  readonly version: string;
}

/** Finds the process at a control socket; undefined when none is there. Rejects with an Error that says why it will not. */
export async function findPredecessor(path: string, { pop, version }: Successor): Promise<Predecessor | undefined> {
  const managed = process.env.NOTIFY_SOCKET ? "1" : "0";
  const query = new URLSearchParams({ pop, version, pid: String(process.pid), managed });
  const headers = { connection: "upgrade", upgrade: PROTOCOL };
  const asked = request({ socketPath: path, path: `${PLACE}?${query}`, headers, timeout: PATIENCE_MS });
  return new Promise((resolve, reject) => {
    asked.on("error", (error) => {
      const code = errorCode(error);
      if (code === "ENOENT" || code === "ECONNREFUSED") resolve(undefined);
      else reject(new Error(`--replace: the server at ${path} can't be asked: ${whyUnasked(code, error)}`));
    });
    asked.on("timeout", () => asked.destroy(Object.assign(new Error("it does not answer"), { code: "ETIMEDOUT" })));
    asked.on("response", (response) => {
      refusalOf(response).then((why) => reject(new Error(`--replace: ${why}`)), reject);
    });
    asked.on("upgrade", (_, socket, head) => meet(path, socket, head).then(resolve, reject));
    asked.end();
  });
}

function whyUnasked(code: string, error: Error): string {
  if (code === "EACCES" || code === "EPERM")
    return "no right to: start the new one as the user that the old one runs as";
  if (code === "ETIMEDOUT") return "it does not answer: look at its log";
  return error.message;
}

async function refusalOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of response.setEncoding("utf8")) text += part;
  const older = "the running server is of a version that can't be replaced in this way: restart it instead";
  if (response.statusCode !== 409) return older;
  try {
    return (JSON.parse(text) as { error: string }).error;
  } catch {
    return older;
  }
}

function meet(control: string, socket: Duplex, head: Uint8Array): Promise<Predecessor> {
  return new Promise((resolve, reject) => {
    let answer: (given: GivenWay) => void = () => {};
    const answered = new Promise<GivenWay>((done) => {
      answer = done;
    });
    let heir: Inheriting | undefined;
    socket.once("close", () => answer("vanished"));
    socket.once("close", () => reject(new Error("--replace: the running server has ended meanwhile")));
    listen<OldWord>(socket, head, (word) => {
      if (word.say === "over" || word.say === "kept") answer(word.say);
      if (word.say === "routes" && heir) say(socket, { say: "took", ...heir.take(word.estate, word.descriptors) });
      if (word.say === "yours") heir?.accept();
      if (word.say === "unfit") answer({ unfit: word.zones });
      if (word.say !== "welcome") return;
      const { pid, version, watchdog, routes = false } = word;
      const secrets = word.secrets.map((secret) => new Uint8Array(Buffer.from(secret, "base64")));
      const giveWay: Predecessor["giveWay"] = async (failed, inheriting) => {
        heir = inheriting;
        say(socket, { say: "ready", failed, routes: inheriting && { box: inheriting.box } });
        const how = await Promise.race([
          answered,
          setTimeout(GIVE_WAY_MS + word.leaving, "killed" as const, { ref: false }),
        ]);
        // It has the connection yet, so that the number is its own.
        if (how === "killed") process.kill(pid, "SIGKILL");
        // One that goes on has the addresses for itself when this connection ends: with this process.
        if (typeof how === "object" || how === "kept") return how;
        socket.destroy();
        // What it had offered, and did not live to give.
        inheriting?.accept();
        return how;
      };
      resolve({ pid, version, secrets, watchdog, control, routes, giveWay });
    });
  });
}
