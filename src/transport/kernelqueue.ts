/** The kernel's queue of a UDP socket: how much is in it, how old that is, and how much it may hold. */

import type { Queue } from "./backlog.ts";
import type { Libc } from "./libc.ts";
import * as sys from "./libc.ts";

/** struct sk_meminfo: 32 bits each; the first is what the receive queue holds (SK_MEMINFO_RMEM_ALLOC). */
const MEMINFO_WORDS = 9;

export class KernelQueue implements Queue {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #words = new Int32Array(new ArrayBuffer(MEMINFO_WORDS * 4));
  readonly #length = new Int32Array(new ArrayBuffer(4));
  /** struct timespec of 64-bit systems. */
  readonly #time = new BigInt64Array(new ArrayBuffer(16));

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  /** What it holds at most: the system may have given less than was asked for. */
  get size(): number {
    return this.#option(sys.SO_RCVBUF, 1) ? this.#words[0] : 0;
  }

  held(): number {
    return this.#option(sys.SO_MEMINFO, MEMINFO_WORDS) ? this.#words[0] : 0;
  }

  /**
   * The kernel notes when datagrams come from the first call on, for 20 ns each; of those that came before, it does not
   * know. By the wall clock: when that jumps, a queue is shed in vain, or not shed.
   */
  age(): number {
    if (this.#libc.ioctl(this.#fd, sys.SIOCGSTAMPNS, new Uint8Array(this.#time.buffer)) !== 0) return 0;
    return Date.now() - Number(this.#time[0]) * 1000 - Number(this.#time[1]) / 1e6;
  }

  resize(octets: number): void {
    // The kernel doubles what it is given, for its own needs, and tells what it has then.
    this.#words[0] = octets / 2;
    this.#libc.setsockopt(this.#fd, sys.SOL_SOCKET, sys.SO_RCVBUF, this.#words, 4);
  }

  #option(option: number, words: number): boolean {
    this.#length[0] = words * 4;
    return this.#libc.getsockopt(this.#fd, sys.SOL_SOCKET, option, this.#words, this.#length) === 0;
  }
}
