/**
 * Frame Streams, the protocol of dnstap's sockets: data frames with their length in front, and control frames, which
 * follow a length of 0. Both ways: the writer says READY, the reader ACCEPT, the writer START, frames and STOP, and the
 * reader FINISH. As in fstrm's fstrm/control.h.
 */

export const Control = { ACCEPT: 1, START: 2, STOP: 3, READY: 4, FINISH: 5 } as const;

/** The only field that control frames have: what the data frames are. */
const CONTENT_TYPE = 1;
/** No control frame is longer (FSTRM_CONTROL_FRAME_LENGTH_MAX), nor has a type of contents more octets. */
const MOST = 512;

/** A control frame, with a type of contents or without any. */
export function controlFrame(control: number, contentType?: string): Buffer {
  const type = Buffer.from(contentType ?? "");
  const field = contentType === undefined ? 0 : 8 + type.length;
  const frame = Buffer.alloc(12 + field);
  frame.writeUInt32BE(4 + field, 4);
  frame.writeUInt32BE(control, 8);
  if (field === 0) return frame;
  frame.writeUInt32BE(CONTENT_TYPE, 12);
  frame.writeUInt32BE(type.length, 16);
  type.copy(frame, 20);
  return frame;
}

/** A data frame. */
export function dataFrame(octets: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(4 + octets.length);
  frame.writeUInt32BE(octets.length);
  frame.set(octets, 4);
  return frame;
}

export interface ControlRead {
  readonly control: number;
  readonly contentTypes: readonly string[];
  /** Octets that it took. */
  readonly length: number;
}

/** The control frame at the start of what a reader has sent; undefined while it is not whole. Throws for anything else. */
export function readControl(octets: Buffer): ControlRead | undefined {
  if (octets.length < 8) return undefined;
  const length = octets.readUInt32BE(4);
  if (octets.readUInt32BE(0) !== 0 || length < 4 || length > MOST) {
    throw new Error("what listens there does not speak Frame Streams: give the socket of a dnstap reader");
  }
  const end = 8 + length;
  if (octets.length < end) return undefined;
  const contentTypes: string[] = [];
  for (let at = 12; at + 8 <= end; ) {
    const [field, size] = [octets.readUInt32BE(at), octets.readUInt32BE(at + 4)];
    if (field === CONTENT_TYPE) contentTypes.push(octets.toString("latin1", at + 8, Math.min(end, at + 8 + size)));
    at += 8 + size;
  }
  return { control: octets.readUInt32BE(8), contentTypes, length: end };
}
