/**
 * The memory of a batch, laid out once: what recvmmsg and sendmmsg read and fill, and the octets of each datagram.
 *
 * A slot has a query and a reply, the client's address, and the kernel's structures for both directions. All pointers
 * are written here and never again: where a query gets no reply, the next reply takes its slot.
 */

import { type Libc, type Memory, MSG_TRUNC } from "./libc.ts";
import { IPV4_AT, IPV6_AT, SOCKADDR } from "./sockaddr.ts";

/** struct mmsghdr of 64-bit Linux: name, its length, iovec, number of those, control, its length, flags; octets. */
const MMSGHDR = 64;
const NAME_AT = 0;
const NAME_LENGTH_AT = 8;
const IOVEC_AT = 16;
const IOVECS_AT = 24;
const FLAGS_AT = 48;
const OCTETS_AT = 56;
/** struct iovec: base, length. */
const IOVEC = 16;
const LENGTH_AT = 8;
/** Room for a sockaddr of either family. */
const NAME = 32;

/** A longer query is none: names, types and all EDNS options there are fit many times over. */
const QUERY_ROOM = 4096;
/** No reply over UDP is larger than the largest payload that can be configured. */
const REPLY_ROOM = 4096;
/** An odd number of cache lines: the first lines of slots 4096 octets apart would all share one set of the cache. */
const STRIDE: number = 4096 + 3 * 64;

export class BatchRoom {
  readonly slots: number;
  readonly queries: readonly Uint8Array[];
  readonly replies: readonly Uint8Array[];
  /** The octets of each client's address: read as IPv4's, and as IPv6's. */
  readonly ipv4: readonly Uint8Array[];
  readonly ipv6: readonly Uint8Array[];
  /** For recvmmsg. */
  readonly incoming: Memory;
  /** For sendmmsg: from each slot on. */
  readonly outgoing: readonly Memory[];
  /** Clients' addresses, one each `addressStride` octets. */
  readonly addresses: Uint8Array;
  readonly addressStride: number = NAME;
  readonly #words: Uint32Array;
  readonly #incoming: number;
  readonly #iovecs: number;

  constructor(slots: number, libc: Libc) {
    this.slots = slots;
    let end = 0;
    const part = (octets: number) => {
      const at = end;
      end += octets * slots;
      return at;
    };
    const incoming = part(MMSGHDR);
    const outgoing = part(MMSGHDR);
    const iovecs = part(IOVEC * 2);
    const names = part(NAME);
    const queries = part(STRIDE);
    const replies = part(STRIDE);
    const room = new ArrayBuffer(end);
    const layout = new Layout(room, libc);
    for (let i = 0; i < slots; i++) {
      const name = names + i * NAME;
      const iovec = iovecs + i * IOVEC * 2;
      layout.message(incoming + i * MMSGHDR, name, iovec, queries + i * STRIDE, QUERY_ROOM);
      layout.message(outgoing + i * MMSGHDR, name, iovec + IOVEC, replies + i * STRIDE, 0);
    }
    const each = (at: number, stride: number, octets: number) =>
      Array.from({ length: slots }, (_, i) => new Uint8Array(room, at + i * stride, octets));
    this.queries = each(queries, STRIDE, QUERY_ROOM);
    this.replies = each(replies, STRIDE, REPLY_ROOM);
    this.ipv4 = each(names + IPV4_AT, NAME, 4);
    this.ipv6 = each(names + IPV6_AT, NAME, 16);
    this.incoming = new Uint8Array(room, incoming, slots * MMSGHDR);
    this.outgoing = each(outgoing, MMSGHDR, MMSGHDR);
    this.addresses = new Uint8Array(room, names, slots * NAME);
    this.#words = new Uint32Array(room);
    this.#incoming = incoming >>> 2;
    this.#iovecs = iovecs >>> 2;
  }

  /** Octets of the query in a slot; -1 when it was longer than its room. Makes the slot ready for the next one. */
  received(slot: number): number {
    const words = this.#words;
    const message = this.#incoming + (slot * MMSGHDR) / 4;
    // The kernel has written how long the address is, and reads there how long one may be.
    words[message + NAME_LENGTH_AT / 4] = SOCKADDR;
    const octets = words[message + OCTETS_AT / 4];
    return octets === QUERY_ROOM && (words[message + FLAGS_AT / 4] & MSG_TRUNC) !== 0 ? -1 : octets;
  }

  /** The reply in a slot has so many octets. */
  reply(slot: number, octets: number): void {
    this.#words[this.#iovecs + (slot * IOVEC * 2 + IOVEC + LENGTH_AT) / 4] = octets;
  }

  /** The client's port. */
  port(slot: number): number {
    return (this.addresses[slot * NAME + 2] << 8) | this.addresses[slot * NAME + 3];
  }

  /** Gives a slot the client of a later one. */
  moveClient(from: number, to: number): void {
    this.addresses.copyWithin(to * NAME, from * NAME, from * NAME + SOCKADDR);
  }
}

/** Writes the kernel's structures. */
class Layout {
  readonly #view: DataView;
  readonly #base: bigint;

  constructor(room: ArrayBuffer, libc: Libc) {
    this.#view = new DataView(room);
    this.#base = libc.address(new Uint8Array(room));
  }

  message(header: number, name: number, iovec: number, octets: number, length: number): void {
    this.#pointer(header + NAME_AT, name);
    // A length that suits both families: for IPv4 the kernel looks at the first 16 octets.
    this.#view.setUint32(header + NAME_LENGTH_AT, SOCKADDR, true);
    this.#pointer(header + IOVEC_AT, iovec);
    this.#view.setUint32(header + IOVECS_AT, 1, true);
    this.#pointer(iovec, octets);
    this.#view.setUint32(iovec + LENGTH_AT, length, true);
  }

  #pointer(at: number, to: number): void {
    this.#view.setBigUint64(at, this.#base + BigInt(to), true);
  }
}
