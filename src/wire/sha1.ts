/**
 * SHA-1 (FIPS 180-4 §6.1) for NSEC3 owner hashes (RFC 5155 §5), without allocation.
 *
 * node:crypto makes two objects a call; a denial needs two or three hashes, on the hot path.
 */

const BLOCK = 64;

export const SHA1_LENGTH = 20;

export class Sha1 {
  readonly #w = new Int32Array(80);
  readonly #h = new Int32Array(5);
  readonly #block = new Uint8Array(BLOCK);

  /** Writes the 20 octets of SHA-1(data[0, length)) to out[at]. `out` may be `data`. */
  hash(data: Uint8Array, length: number, out: Uint8Array, at: number): void {
    const h = this.#h;
    h[0] = 0x67452301;
    h[1] = 0xefcdab89;
    h[2] = 0x98badcfe;
    h[3] = 0x10325476;
    h[4] = 0xc3d2e1f0;
    let from = 0;
    for (; length - from >= BLOCK; from += BLOCK) this.#compress(data, from);
    this.#finish(data, from, length);
    for (let i = 0; i < 5; i++) {
      out[at + 4 * i] = h[i] >>> 24;
      out[at + 4 * i + 1] = h[i] >>> 16;
      out[at + 4 * i + 2] = h[i] >>> 8;
      out[at + 4 * i + 3] = h[i];
    }
  }

  /** Pads the last part: 0x80, zeros, the length in bits. */
  #finish(data: Uint8Array, from: number, length: number): void {
    const block = this.#block;
    const rest = length - from;
    for (let i = 0; i < rest; i++) block[i] = data[from + i];
    block[rest] = 0x80;
    block.fill(0, rest + 1);
    if (rest + 9 > BLOCK) {
      this.#compress(block, 0);
      block.fill(0);
    }
    const bits = length * 8;
    block[60] = bits >>> 24;
    block[61] = bits >>> 16;
    block[62] = bits >>> 8;
    block[63] = bits;
    this.#compress(block, 0);
  }

  #compress(data: Uint8Array, at: number): void {
    const w = this.#w;
    const h = this.#h;
    for (let i = 0; i < 16; i++) {
      const k = at + 4 * i;
      w[i] = (data[k] << 24) | (data[k + 1] << 16) | (data[k + 2] << 8) | data[k + 3];
    }
    for (let i = 16; i < 80; i++) {
      const x = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
      w[i] = (x << 1) | (x >>> 31);
    }
    let a = h[0];
    let b = h[1];
    let c = h[2];
    let d = h[3];
    let e = h[4];
    // §6.1.2 step 3, a loop for each function of §4.1.1: one loop that chooses among them took half as long again.
    for (let i = 0; i < 20; i++) {
      const next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + w[i] + 0x5a827999) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let i = 20; i < 40; i++) {
      const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[i] + 0x6ed9eba1) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let i = 40; i < 60; i++) {
      const next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + w[i] + 0x8f1bbcdc) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let i = 60; i < 80; i++) {
      const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[i] + 0xca62c1d6) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
  }
}
