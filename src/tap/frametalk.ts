/** What a dnstap reader is told before and after the frames (framestream.ts), over a socket. */

import type { Socket } from "node:net";
import { CONTENT_TYPE } from "./dnstap.ts";
import { Control, controlFrame, readControl } from "./framestream.ts";
import type { Talk } from "./socketsink.ts";

/** Frame Streams in both directions, with frames of dnstap. */
export const FRAMES: Talk = {
  async begin(socket) {
    socket.write(controlFrame(Control.READY, CONTENT_TYPE));
    const { contentTypes } = await awaited(socket, Control.ACCEPT);
    // A reader that names none takes all.
    if (contentTypes.length > 0 && !contentTypes.includes(CONTENT_TYPE)) {
      throw new Error(
        `the reader takes ${contentTypes.join(", ")}, and no ${CONTENT_TYPE}: give that of a dnstap reader`,
      );
    }
    socket.write(controlFrame(Control.START, CONTENT_TYPE));
  },
  async end(socket) {
    const finished = awaited(socket, Control.FINISH).catch(() => {});
    socket.write(controlFrame(Control.STOP));
    await finished;
  },
};

/** The next control frame, which must be this one. */
function awaited(socket: Socket, control: number): Promise<{ readonly contentTypes: readonly string[] }> {
  let octets: Buffer = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const over = (error: Error | undefined) => {
      socket.off("data", take);
      socket.off("close", gone);
      if (error) reject(error);
    };
    const gone = () => over(new Error("the reader has gone"));
    const take = (data: Buffer) => {
      octets = Buffer.concat([octets, data]);
      try {
        const read = readControl(octets);
        if (read === undefined) return;
        if (read.control !== control) throw new Error(`the reader says ${read.control} where ${control} was awaited`);
        over(undefined);
        resolve(read);
      } catch (error) {
        over(error as Error);
      }
    };
    socket.on("data", take);
    socket.on("close", gone);
  });
}
