/** A cursor over a message that never reads past its end. */
export class Reader {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  u16(): number {
    return this.bytes.readUInt16BE(this.take(2));
  }

  u32(): number {
    return this.bytes.readUInt32BE(this.take(4));
  }

  hex(length: number): string {
    const start = this.take(length);
    return this.bytes.toString("hex", start, start + length);
  }

  rest(): string {
    return this.hex(this.end - this.at);
  }

  /** A reader of the next `length` bytes; compressed names in it may still point anywhere before it. */
  section(length: number): Reader {
    const start = this.take(length);
    return new Reader(this.bytes, start, start + length);
  }

  /** A name in lower-case presentation form; pointers must lead backwards, and are refused unless `compressible`. */
  name(compressible = true): string {
    const labels = this.labels(compressible);
    if (labels.reduce((sum, label) => sum + label.length + 1, 1) > 255) throw new Error("name longer than 255 octets");
    return labels.length === 0 ? "." : `${labels.map(presentation).join(".")}.`;
  }

  private labels(compressible: boolean): Buffer[] {
    const labels: Buffer[] = [];
    const start = this.at;
    for (let length = this.u8(); length !== 0; length = this.u8()) {
      if (length >= 0xc0) {
        if (!compressible) throw new Error("compressed name where compression is not allowed");
        const target = ((length & 0x3f) << 8) | this.u8();
        if (target >= start) throw new Error("compression pointer that does not lead backwards");
        // Every jump starts a reader that begins earlier than this one did, so there is no way round in a circle.
        return [...labels, ...new Reader(this.bytes, target).labels(true)];
      }
      if (length > 63) throw new Error("label type that is neither a label nor a pointer");
      const at = this.take(length);
      labels.push(this.bytes.subarray(at, at + length));
    }
    return labels;
  }

  private take(length: number): number {
    const start = this.at;
    if (start + length > this.end) throw new Error("field runs past its end");
    this.at = start + length;
    return start;
  }
}

function presentation(label: Buffer): string {
  let text = "";
  for (const byte of label) {
    const char = String.fromCharCode(byte);
    if (byte < 0x21 || byte > 0x7e) text += `\\${String(byte).padStart(3, "0")}`;
    else text += /["$();@.\\]/.test(char) ? `\\${char}` : char.toLowerCase();
  }
  return text;
}
