/** A client of BIRD's control socket: one command a line, answered in the order in which they came. */

import { connect, type Socket } from "node:net";
import { errorCode } from "../../text/systemerror.ts";
import { DaemonTrouble } from "../lease/daemon.ts";
import { Code, type Reply, replyReader } from "./reply.ts";

/** Milliseconds that BIRD has for a command; measured: below one, and some hundred while it reads a large configuration. */
const PATIENCE = 2000;

/** No socket, or one that an ended BIRD has left: with its process its routes have gone. */
const ABSENT = ["ENOENT", "ECONNREFUSED"];

interface Asked {
  readonly take: (reply: Reply) => void;
  readonly fail: (trouble: DaemonTrouble) => void;
  readonly timer: NodeJS.Timeout;
}

/** An open connection. */
export interface BirdControl {
  /** Sends a command; its reply, whether good or bad. Throws DaemonTrouble when there is none. */
  ask(command: string): Promise<Reply>;
  end(): void;
}

/** Connects, and waits for BIRD's greeting. Throws DaemonTrouble. `gone` is called once when a connection that stood has ended, other than by us. */
export async function connectBird(path: string, gone: (trouble: DaemonTrouble) => void): Promise<BirdControl> {
  const wire = new Wire(path, connect({ path }));
  const greeting = await wire.next();
  if (greeting.code !== Code.READY) {
    wire.end();
    throw new DaemonTrouble(`${path} is not BIRD's control socket: name that one (bird -s) in anycast.bird.socket`);
  }
  wire.gone = gone;
  return wire;
}

class Wire implements BirdControl {
  gone: (trouble: DaemonTrouble) => void = () => {};
  readonly #path: string;
  readonly #socket: Socket;
  readonly #asked: Asked[] = [];
  #trouble: DaemonTrouble | undefined;

  constructor(path: string, socket: Socket) {
    this.#path = path;
    this.#socket = socket;
    const read = replyReader();
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      for (const reply of read(text)) this.#take(reply);
    });
    socket.on("error", (error) => this.#broken(whyNoBird(path, error), ABSENT.includes(errorCode(error))));
    socket.on("close", () => this.#broken(whyClosed(path)));
  }

  ask(command: string): Promise<Reply> {
    const reply = this.next();
    if (this.#trouble === undefined) this.#socket.write(`${command}\n`);
    return reply;
  }

  /** The next reply that nobody waits for yet. */
  next(): Promise<Reply> {
    if (this.#trouble) return Promise.reject(this.#trouble);
    return new Promise((take, fail) => {
      const late = `BIRD does not answer on ${this.#path}: see whether it hangs, and restart it if so`;
      this.#asked.push({ take, fail, timer: setTimeout(() => this.#broken(late), PATIENCE) });
    });
  }

  end(): void {
    this.gone = () => {};
    this.#broken(`the connection to ${this.#path} has been ended`);
  }

  #take(reply: Reply): void {
    const asked = this.#asked.shift();
    clearTimeout(asked?.timer);
    asked?.take(reply);
  }

  #broken(sentence: string, absent = false): void {
    if (this.#trouble) return;
    const trouble = new DaemonTrouble(sentence, absent);
    this.#trouble = trouble;
    this.#socket.destroy();
    for (const { fail, timer } of this.#asked.splice(0)) {
      clearTimeout(timer);
      fail(trouble);
    }
    this.gone(trouble);
  }
}

function whyClosed(path: string): string {
  return `BIRD has closed ${path}: see whether it runs, and start it again if not`;
}

/** Why the socket can't be used, and what to do. */
function whyNoBird(path: string, error: unknown): string {
  switch (errorCode(error)) {
    case "ENOENT":
      return `no such socket: ${path}: see whether BIRD runs, and whether anycast.bird.socket is where it makes its socket (bird -s)`;
    case "ECONNREFUSED":
      return `nobody answers on ${path}: BIRD has ended; start it again`;
    case "EPIPE":
    case "ECONNRESET":
      return whyClosed(path);
    case "EACCES":
    case "EPERM":
      return `no rights on ${path}: add the user that runs zonecast to the group that owns it, as a rule: usermod -aG bird USER`;
    case "ENOTSOCK":
    case "ENOTDIR":
      return `${path} is no socket: name BIRD's control socket (bird -s) in anycast.bird.socket`;
    default:
      return `BIRD's control socket ${path} fails: ${errorCode(error) || String(error)}`;
  }
}
