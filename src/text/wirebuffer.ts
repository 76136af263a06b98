/** Room for one record's RDATA (65,535 octets, RFC 1035 §3.2.1) while its text is read. */

export const MAX_RDATA = 65535;

export class WireBuffer {
  readonly bytes = new Uint8Array(MAX_RDATA);
  length = 0;

  /** Appends one octet. Throws RangeError past 65,535 octets, as every method here does. */
  u8(value: number): void {
    if (this.length >= MAX_RDATA) throw new RangeError("RDATA is longer than 65535 octets");
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
    if (this.length + source.length > MAX_RDATA) throw new RangeError("RDATA is longer than 65535 octets");
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** What was written from an offset on. */
  since(offset: number): Uint8Array {
    return this.bytes.subarray(offset, this.length);
  }
}
