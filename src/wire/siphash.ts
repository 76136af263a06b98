/**
 * SipHash-2-4 with a 64-bit result, as server cookies use it (RFC 9018 §4.4).
 *
 * JavaScript has no 64-bit integers that don't allocate, so each word is two 32-bit halves.
 */

const state = () => new Int32Array(8);

/** A hasher for one 16-octet key: writes the 8 octets of SipHash-2-4(data[0, length)) to out[at]. */
export type SipHash = (data: Uint8Array, length: number, out: Uint8Array, at: number) => void;

/** Prepares a 16-octet key. */
export function sipHash(key: Uint8Array): SipHash {
  if (key.length !== 16) throw new RangeError(`a SipHash key is 16 octets, not ${key.length}`);
  const k0 = little(key, 0);
  const k1 = little(key, 4);
  const k2 = little(key, 8);
  const k3 = little(key, 12);
  const v = state();
  return (data, length, out, at) => {
    // v0..v3, low half first: the initial constants of the algorithm ("somepseudorandomlygeneratedbytes").
    v[0] = k0 ^ 0x70736575;
    v[1] = k1 ^ 0x736f6d65;
    v[2] = k2 ^ 0x6e646f6d;
    v[3] = k3 ^ 0x646f7261;
    v[4] = k0 ^ 0x6e657261;
    v[5] = k1 ^ 0x6c796765;
    v[6] = k2 ^ 0x79746573;
    v[7] = k3 ^ 0x74656462;
    const whole = length & ~7;
    for (let i = 0; i < whole; i += 8) absorb(v, little(data, i), little(data, i + 4));
    let low = 0;
    let high = length << 24;
    for (let i = whole; i < length; i++) {
      if (i - whole < 4) low |= data[i] << (8 * (i - whole));
      else high |= data[i] << (8 * (i - whole - 4));
    }
    absorb(v, low, high);
    v[4] ^= 0xff;
    for (let i = 0; i < 4; i++) round(v);
    writeLittle(out, at, v[0] ^ v[2] ^ v[4] ^ v[6]);
    writeLittle(out, at + 4, v[1] ^ v[3] ^ v[5] ^ v[7]);
  };
}

function absorb(v: Int32Array, low: number, high: number): void {
  v[6] ^= low;
  v[7] ^= high;
  round(v);
  round(v);
  v[0] ^= low;
  v[1] ^= high;
}

function round(v: Int32Array): void {
  add(v, 0, 2);
  rotate(v, 2, 13);
  xor(v, 2, 0);
  swap(v, 0);
  add(v, 4, 6);
  rotate(v, 6, 16);
  xor(v, 6, 4);
  add(v, 0, 6);
  rotate(v, 6, 21);
  xor(v, 6, 0);
  add(v, 4, 2);
  rotate(v, 2, 17);
  xor(v, 2, 4);
  swap(v, 4);
}

function add(v: Int32Array, a: number, b: number): void {
  const low = (v[a] >>> 0) + (v[b] >>> 0);
  v[a + 1] = v[a + 1] + v[b + 1] + (low > 0xffffffff ? 1 : 0);
  v[a] = low;
}

function xor(v: Int32Array, a: number, b: number): void {
  v[a] ^= v[b];
  v[a + 1] ^= v[b + 1];
}

/** Rotates left by fewer than 32 bits. */
function rotate(v: Int32Array, a: number, bits: number): void {
  const low = v[a];
  const high = v[a + 1];
  v[a] = (low << bits) | (high >>> (32 - bits));
  v[a + 1] = (high << bits) | (low >>> (32 - bits));
}

/** Rotates left by 32 bits. */
function swap(v: Int32Array, a: number): void {
  const low = v[a];
  v[a] = v[a + 1];
  v[a + 1] = low;
}

function little(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

function writeLittle(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
