/** Prefixes whose clients are not limited, for a look at each query: an address is four words, or one for IPv4. */

/** A prefix as a thread is given it. */
export interface ExemptPrefix {
  /** 4 octets, or 16; those past the length are 0. */
  readonly octets: Uint8Array;
  readonly length: number;
}

export class Exempt {
  /** Address and mask, a word each. */
  readonly #ipv4: Int32Array;
  /** Four words of address, four of mask. */
  readonly #ipv6: Int32Array;

  constructor(prefixes: readonly ExemptPrefix[]) {
    const words = (family: number) =>
      prefixes.filter(({ octets }) => octets.length === family).flatMap((prefix) => [...wordsOf(prefix)]);
    this.#ipv4 = Int32Array.from(words(4));
    this.#ipv6 = Int32Array.from(words(16));
  }

  /** Whether the IPv4 address in a word is in a prefix. */
  hasIpv4(address: number): boolean {
    const prefixes = this.#ipv4;
    for (let i = 0; i < prefixes.length; i += 2) if ((address & prefixes[i + 1]) === prefixes[i]) return true;
    return false;
  }

  /** Whether the IPv6 address in four words is in a prefix. */
  hasIpv6(address: Int32Array): boolean {
    const prefixes = this.#ipv6;
    for (let i = 0; i < prefixes.length; i += 8) {
      let differs = 0;
      for (let word = 0; word < 4; word++) differs |= (address[word] & prefixes[i + 4 + word]) ^ prefixes[i + word];
      if (differs === 0) return true;
    }
    return false;
  }
}

/** The address's words, and then the mask's. */
function wordsOf({ octets, length }: ExemptPrefix): Int32Array {
  const count = octets.length >>> 2;
  const words = new Int32Array(count * 2);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  for (let i = 0; i < count; i++) {
    words[count + i] = maskOf(length - i * 32);
    words[i] = view.getInt32(i * 4) & words[count + i];
  }
  return words;
}

/** A word whose first bits are set: none for 0 and below, all from 32 on. */
export function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}
