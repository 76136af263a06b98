/** The gate of one thread's sockets: it counts whose datagrams come, and gives the kernel the program that keeps out others. */

import { Count, type Counters } from "../../answer/counters.ts";
import type { Listen } from "../../text/listen.ts";
import { Flag } from "../../wire/header.ts";
import { type Libc, SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_MEMINFO, SOL_SOCKET } from "../libc.ts";
import { sockaddrOf } from "../sockaddr.ts";
import { Assembly } from "./assembly.ts";
import { bucketOf, nameBucketOf, type Secret, secretOf } from "./bucket.ts";
import { Gate, LOOK_MS, State } from "./gate.ts";
import { writeProgram } from "./program.ts";

/** struct sk_meminfo: what the receive queue holds is its first word, what it has room for its second, what was dropped its last. */
const MEMINFO_WORDS = 9;
const HELD = 0;
const ROOM = 1;
const DROPPED = 8;
/** struct sock_fprog: how many instructions, and where. */
const FPROG = 16;

interface Guarded {
  readonly fd: number;
  readonly ipv6: boolean;
  /** As the kernel counts them; it goes round. */
  dropped: number;
}

export class GateKeeper {
  readonly #libc: Libc;
  readonly #secret: Secret;
  readonly #gate: Gate;
  readonly #sockets: Guarded[] = [];
  readonly #program = new Assembly();
  readonly #fprog = new Uint8Array(new ArrayBuffer(FPROG));
  readonly #words = new Int32Array(new ArrayBuffer(MEMINFO_WORDS * 4));
  readonly #length = new Int32Array(new ArrayBuffer(4));
  readonly #counts: Float64Array;
  #taken = 0;
  #lookedAt = 0;
  #held = 0;
  #room = 0;
  /** The system has no filters, or no room for one. */
  #unable = false;

  /** `words`: four random ones. `own`: our addresses, which are as good as known, with those of the machine itself. */
  constructor(libc: Libc, words: Uint32Array, own: readonly Listen[], counters: Counters) {
    this.#libc = libc;
    this.#counts = counters.cells;
    this.#secret = secretOf(words);
    const local = ["127.0.0.1", "::1"].map((address) => ({ address, port: 0 }));
    this.#gate = new Gate([...own, ...local].map((listen) => this.#bucketOf(listen)));
  }

  #bucketOf(listen: Listen): number {
    const sockaddr = sockaddrOf(listen);
    return bucketOf(this.#secret, listen.address.includes(":"), sockaddr, 0);
  }

  add(fd: number, ipv6: boolean): void {
    this.#sockets.push({ fd, ipv6, dropped: 0 });
  }

  /** Whether each datagram that is taken is to be told of. */
  get counts(): boolean {
    return this.#gate.state !== State.OPEN && !this.#unable;
  }

  /** A datagram was taken, from the client whose sockaddr is at addresses[at]. */
  count(ipv6: boolean, addresses: Uint8Array, at: number, query: Uint8Array, length: number): void {
    const name = nameBucketOf(this.#secret, query, length);
    this.#gate.count(bucketOf(this.#secret, ipv6, addresses, at), name);
  }

  /** So many datagrams were taken, and answered if they are to be. */
  took(count: number): void {
    this.#taken += count;
  }

  /** The replies to a batch, and the sockaddrs that they go to. Of an open gate, the first is enough to learn from. */
  answered(ready: number, replies: readonly Uint8Array[], ipv6: boolean, addresses: Uint8Array): void {
    if (!this.counts) {
      if (ready > 0 && isRight(replies[0])) {
        this.#gate.credit(bucketOf(this.#secret, ipv6, addresses, 0), this.#nameOf(replies[0]));
      }
      return;
    }
    for (let slot = 0; slot < ready; slot++) if (isRight(replies[slot])) this.#gate.find(this.#nameOf(replies[slot]));
  }

  /** A reply has the question where the query has it. */
  #nameOf(reply: Uint8Array): number {
    return nameBucketOf(this.#secret, reply, reply.length);
  }

  /** To be called often, with the time in milliseconds. */
  turn(now: number): void {
    const milliseconds = now - this.#lookedAt;
    if (milliseconds < LOOK_MS[this.#gate.state] || this.#unable) return;
    this.#lookedAt = now;
    const dropped = this.#look();
    if (this.#gate.state === State.SHUT) this.#counts[Count.GATE_KEPT_OUT] += dropped;
    const changed = this.#gate.look({
      taken: this.#taken,
      dropped,
      backlog: this.#held,
      room: this.#room,
      milliseconds,
    });
    this.#taken = 0;
    if (!changed || this.#gate.state === State.ALERT) return;
    this.#counts[Count.GATE_SHUT] = this.#gate.state === State.SHUT ? 1 : 0;
    for (const socket of this.#sockets) this.#tell(socket);
    if (this.#unable) this.#giveUp();
  }

  /** No gate is better than one that nobody minds. */
  #giveUp(): void {
    this.#counts[Count.GATE_SHUT] = 0;
    for (const { fd } of this.#sockets) this.#detach(fd);
  }

  #detach(fd: number): void {
    this.#libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, this.#words, 4);
  }

  /** Sums up what the kernel knows of the sockets; what it has dropped since it was asked last. */
  #look(): number {
    let dropped = 0;
    this.#held = 0;
    this.#room = 0;
    for (const socket of this.#sockets) {
      this.#length[0] = MEMINFO_WORDS * 4;
      if (this.#libc.getsockopt(socket.fd, SOL_SOCKET, SO_MEMINFO, this.#words, this.#length) !== 0) continue;
      this.#held += this.#words[HELD];
      this.#room += this.#words[ROOM];
      dropped += (this.#words[DROPPED] - socket.dropped) >>> 0;
      socket.dropped = this.#words[DROPPED];
    }
    return dropped;
  }

  #tell({ fd, ipv6 }: Guarded): void {
    if (this.#unable) return;
    if (this.#gate.state === State.OPEN) {
      this.#detach(fd);
      return;
    }
    writeProgram(this.#program, ipv6, this.#secret, this.#gate.rules);
    if (this.#attach(fd)) return;
    // Where net.core.optmem_max is small (20 KB up to Linux 6.6), there is room for one program, and not for two.
    this.#detach(fd);
    this.#unable = !this.#attach(fd);
  }

  #attach(fd: number): boolean {
    const { memory, count } = this.#program;
    const view = new DataView(this.#fprog.buffer);
    view.setUint16(0, count, true);
    view.setBigUint64(8, this.#libc.address(memory), true);
    return this.#libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, this.#fprog, FPROG) === 0;
  }
}

/** Records, no error, and all of them. */
function isRight(reply: Uint8Array): boolean {
  return (reply[3] & 15) === 0 && reply[7] !== 0 && (reply[2] & Flag.TC) === 0;
}
