/** The hash of NSEC3 owners (RFC 5155 §5): SHA-1 of name and salt, and then over its own result again. */

import { SHA1_LENGTH, Sha1 } from "../wire/sha1.ts";

export class Nsec3Hash {
  /** The last result; the next hash overwrites it. */
  readonly value: Uint8Array = new Uint8Array(SHA1_LENGTH);
  /** Room for a name that is put together to be hashed; a hash overwrites it. */
  readonly input: Uint8Array = new Uint8Array(512);
  readonly #sha1 = new Sha1();

  /** Hashes the lower-case name in name[0, length), which may be `input`, and returns `value`. */
  hash(
    name: Uint8Array,
    length: number,
    salt: Uint8Array,
    saltAt: number,
    saltLength: number,
    iterations: number,
  ): Uint8Array {
    const { input, value } = this;
    if (name !== input) for (let i = 0; i < length; i++) input[i] = name[i];
    let octets = length;
    for (let turn = iterations; ; turn--) {
      for (let i = 0; i < saltLength; i++) input[octets + i] = salt[saltAt + i];
      this.#sha1.hash(input, octets + saltLength, value, 0);
      if (turn === 0) return value;
      for (let i = 0; i < SHA1_LENGTH; i++) input[i] = value[i];
      octets = SHA1_LENGTH;
    }
  }
}
