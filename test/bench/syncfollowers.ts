/** The followers beside the whole POPs: a process with many of them, and when each has what was published on disk. */

import { createSocket, type Socket } from "node:dgram";
import { lastWords, NotServing } from "./server.ts";
import type { FollowingSetup, KeptNote } from "./syncfollowing.ts";
import type { Central } from "./syncstore.ts";
import type { Running, Workplace } from "./workplace.ts";

export class Followers {
  readonly #pops: readonly string[];
  readonly #socket: Socket;
  readonly #running: Running;
  /** The last note of each POP, by zone. */
  readonly #kept = new Map<string, KeptNote>();
  #told: () => void = () => {};

  private constructor(pops: readonly string[], socket: Socket, running: Running) {
    this.#pops = pops;
    this.#socket = socket;
    this.#running = running;
    socket.on("message", (datagram) => {
      const note = JSON.parse(datagram.toString()) as KeptNote;
      this.#kept.set(`${note.pop} ${note.zone}`, note);
      this.#told();
    });
  }

  /** Starts so many; each begins with nothing on disk. */
  static async start(place: Workplace, { where, signer }: Central, count: number): Promise<Followers> {
    const socket = createSocket("udp4");
    const port = await new Promise<number>((resolve) => {
      socket.bind(0, "127.0.0.1", () => resolve(socket.address().port));
    });
    const pops = Array.from({ length: count }, (_, i) => `follower${i + 1}`);
    const setup: FollowingSetup = { where, publicKey: signer.publicKey, pops, directory: place.folder(), port };
    const running = place.start([process.execPath, "test/bench/syncfollowing.ts", JSON.stringify(setup)]);
    return new Followers(pops, socket, running);
  }

  /**
   * When each POP had a zone's manifest on disk, or one above it; as syncfollowing.ts counts time. Rejects with NotServing
   * after `patience` milliseconds.
   */
  async until(zone: string, id: number, patience: number): Promise<number[]> {
    const notes = () => this.#pops.map((pop) => this.#kept.get(`${pop} ${zone}`));
    const late = () => notes().filter((note) => (note?.id ?? 0) < id).length;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const why = this.#running.ended() === undefined ? "" : `: ${lastWords(this.#running)}`;
        reject(new NotServing(`${late()} followers do not have ${zone} in ${patience / 1000} s${why}`));
      }, patience);
      this.#told = () => {
        if (late() > 0) return;
        clearTimeout(timer);
        resolve();
      };
      this.#told();
    });
    return notes().map((note) => note?.at ?? Number.NaN);
  }

  async stop(): Promise<void> {
    this.#socket.close();
    await this.#running.stop();
  }
}
