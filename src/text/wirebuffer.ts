/** Room for one record's RDATA (65,535 octets at most, RFC 1035 §3.2.1) while its text is read. */

export const MAX_RDATA = 65535;

/** Enough for almost every record; ten thousand small zones have a buffer each. */
const FIRST = 512;

export class WireBuffer {
  bytes: Uint8Array = new Uint8Array(FIRST);
  length = 0;

  /** Appends one octet. Throws RangeError past 65,535 octets, as every method here does. */
  u8(value: number): void {
    if (this.length >= this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.u8(value >>> 8);
    this.u8(value & 0xff);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  append(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** What was written from an offset on. */
  since(offset: number): Uint8Array {
    return this.bytes.subarray(offset, this.length);
  }

  /** Makes room for so many octets more, for a writer that puts them into `bytes` itself. */
  reserve(octets: number): void {
    const needed = this.length + octets;
    if (needed <= this.bytes.length) return;
    if (needed > MAX_RDATA) throw new RangeError("RDATA is longer than 65535 octets");
    const larger = new Uint8Array(Math.min(MAX_RDATA, Math.max(needed, this.bytes.length * 4)));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
