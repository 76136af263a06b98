/**
 * UDP in batches: recvmmsg and sendmmsg called in a loop that blocks in the kernel, so it wants a thread of its own.
 * A datagram in and out costs the kernel 3.4 µs here; the calls add 0.15 µs to each, where node:dgram adds 2 to 3.
 */

import type { Client } from "../answer/client.ts";
import { Count, Counters, Way } from "../answer/counters.ts";
import type { Respond } from "../answer/respond.ts";
import type { Listen } from "../text/listen.ts";
import { Backlog } from "./backlog.ts";
import { BatchRoom } from "./batchroom.ts";
import { boundSocket, type Socket, type SocketOptions } from "./boundsocket.ts";
import type { DatagramOptions } from "./datagrams.ts";
import { GateKeeper } from "./gate/keeper.ts";
import { KernelQueue } from "./kernelqueue.ts";
import * as sys from "./libc.ts";
import { type Libc, systemError } from "./libc.ts";
import { monotonicOrigin } from "./monotonic.ts";
import { sameSockaddr, sockaddrOf } from "./sockaddr.ts";
import { isReplier } from "./source.ts";

/**
 * Datagrams taken and sent in one call. CPU per query at full load, medians of three, for 16, 32, 64, 128 and 256 slots:
 * 3.21, 3.21, 3.15, 3.12, 3.16 µs; a socket that is served late by one batch waits 64 × 3 µs.
 */
const SLOTS = 64;
/** Batches that a closing socket still answers: what had come when it was told to stop, and not what comes for ever. */
const LAST_BATCHES = 64;
/**
 * Looks at sockets that are out of the kernel's choice, each a turn's wait long, before they are closed: a datagram may
 * have been given to one the moment before, by a processor that has yet to put it into the queue.
 */
const LAST_LOOKS = 2;
/** What a socket that can't be read any more says: the thread ends, and another one tries. */
const LASTING: ReadonlySet<string> = new Set(["EBADF", "ENOTSOCK", "EFAULT", "EINVAL", "ENOSYS", "EPERM", "EACCES"]);

/** What was asked before anything was. */
const NOWHERE: Listen = { address: "0.0.0.0", port: 0 };

export interface BatchOptions extends DatagramOptions {
  /** How long one turn waits for datagrams, in milliseconds; 0 is not at all. */
  readonly wait: number;
  /** Four random words for the gate that is shut in a flood (gate/gate.ts); without them there is none. */
  readonly gate?: Uint32Array | undefined;
  /** Milliseconds after which a query that waits behind others is not worth an answer (backlog.ts); 0 is never. */
  readonly stale?: number | undefined;
}

/** The client of the datagram at hand; one for a thread, pointed at the slot it is in. */
class SlotClient implements Client {
  readonly stream = false;
  readonly encrypted = false;
  slot = 0;
  taken = 0;
  addresses: readonly Uint8Array[] = [];
  asked: Listen;
  readonly #room: BatchRoom;

  constructor(room: BatchRoom, asked: Listen) {
    this.#room = room;
    this.asked = asked;
  }

  address(): Uint8Array {
    return this.addresses[this.slot];
  }

  port(): number {
    return this.#room.port(this.slot);
  }

  seconds(): number {
    return Math.floor(Date.now() / 1000);
  }
}

interface Bound extends Socket {
  readonly backlog: Backlog;
}

/** The sockets of one thread, and the loop's body over them. */
export class BatchSockets {
  readonly #libc: Libc;
  readonly #respond: Respond;
  readonly #wait: number;
  readonly #stale: number;
  readonly #sharing: SocketOptions;
  readonly #alone: boolean;
  readonly #counters: Counters;
  readonly #counts: Float64Array;
  readonly #room: BatchRoom;
  readonly #client: SlotClient;
  readonly #own: readonly Uint8Array[];
  readonly #ownPorts: readonly number[];
  readonly #origin: number = monotonicOrigin();
  readonly #sockets: Bound[] = [];
  readonly #gate: GateKeeper | undefined;
  /** When datagrams were read last. */
  #takenAt = 0;
  /** struct pollfd for each socket: the descriptor, then the events asked for and returned. */
  #polled: Int32Array = new Int32Array(0);

  constructor(
    libc: Libc,
    respond: Respond,
    { own, shared, alone = false, wait, stale = 0, gate, counters = new Counters() }: BatchOptions,
  ) {
    this.#libc = libc;
    this.#respond = respond;
    this.#wait = wait;
    this.#stale = stale > 0 ? stale : Number.POSITIVE_INFINITY;
    this.#sharing = { shared, wait };
    this.#alone = alone;
    this.#counters = counters;
    this.#counts = counters.cells;
    this.#room = new BatchRoom(SLOTS, libc);
    this.#client = new SlotClient(this.#room, own[0] ?? NOWHERE);
    this.#gate = gate && new GateKeeper(libc, gate, own, counters);
    this.#own = own.map((listen) => sockaddrOf(listen));
    this.#ownPorts = [...new Set(own.map(({ port }) => port))];
  }

  /** Binds one more address. Throws the system's error, with its code, when that can't be. */
  bind(listen: Listen): void {
    // Only a socket that does not share finds out about others that do.
    if (this.#sharing.shared && this.#alone)
      this.#libc.close(boundSocket(this.#libc, listen, { ...this.#sharing, shared: false }).fd);
    const socket = boundSocket(this.#libc, listen, this.#sharing);
    const queue = new KernelQueue(this.#libc, socket.fd);
    this.#sockets.push({ ...socket, backlog: new Backlog(queue, this.#stale, queue.size) });
    this.#gate?.add(socket.fd, socket.ipv6);
    const polled = this.#sockets.flatMap(({ fd }) => [fd, sys.POLLIN]);
    this.#polled = new Int32Array(new ArrayBuffer(polled.length * 4));
    this.#polled.set(polled);
  }

  /** To be closed by somebody else when this thread dies: they would go on taking queries, and answer none. */
  get descriptors(): number[] {
    return this.#sockets.map(({ fd }) => fd);
  }

  /** Answers the datagrams that are there, a batch from each socket; waits for one when there are none. */
  turn(): void {
    const before = this.#takenAt;
    const [first] = this.#sockets;
    if (this.#sockets.length === 1) this.#take(first, this.#wait === 0 ? sys.MSG_DONTWAIT : sys.MSG_WAITFORONE);
    else this.#takeReady();
    // The clock was looked at for whatever was taken.
    if (this.#gate) this.#gate.turn(this.#takenAt === before ? performance.now() : this.#takenAt);
  }

  /**
   * Leaves all further datagrams to the others who share the addresses, answers those that have come, and closes: no
   * datagram is lost. A UDP socket that is connected is out of the kernel's choice (reuseport_select_sock_by_hash passes
   * over what is TCP_ESTABLISHED) and keeps its queue, where close() would throw it away. To whom it is connected does
   * not matter: to itself, for nobody else sends from there.
   */
  leave(): void {
    for (const { fd, sockaddr } of this.#sockets) this.#libc.connect(fd, sockaddr, sockaddr.length);
    for (let quiet = 0, left = LAST_BATCHES; quiet < LAST_LOOKS && left > 0; left--) {
      const taken = this.#read();
      this.turn();
      if (taken === this.#read()) quiet++;
    }
    this.close();
  }

  /** Datagrams that were read so far. */
  #read(): number {
    return this.#counts[Count.UDP4] + this.#counts[Count.UDP6] + this.#counts[Count.SHED];
  }

  #takeReady(): void {
    const sockets = this.#sockets;
    const polled = this.#polled;
    let ready = this.#libc.poll(polled, sockets.length, this.#wait);
    for (let i = 0; ready > 0 && i < sockets.length; i++) {
      // The returned events are in the upper half of the second word.
      if (polled[i * 2 + 1] >>> 16 === 0) continue;
      ready--;
      this.#take(sockets[i], sys.MSG_DONTWAIT);
    }
  }

  /** Answers one batch, or sheds it; how many datagrams it had. */
  #take(socket: Bound, flags: number): number {
    const room = this.#room;
    const count = this.#libc.recvmmsg(socket.fd, room.incoming, room.slots, flags, null);
    if (count > 0) {
      // Two looks at the clock are 85 ns for the whole batch, measured: 1.3 for each query of a full one.
      const taken = performance.now();
      this.#takenAt = taken;
      if (!socket.backlog.takes(count === SLOTS, taken)) {
        this.#counts[Count.SHED] += count;
        return count;
      }
      this.#client.taken = this.#origin + taken;
      if (this.#gate?.counts) this.#count(this.#gate, socket, count);
      const ready = this.#answer(socket, count);
      this.#gate?.took(count);
      this.#gate?.answered(ready, room.replies, socket.ipv6, room.addresses);
      this.#send(socket, ready);
      this.#counters.time(count, performance.now() - taken);
    } else if (count < 0) this.#excuse();
    return count;
  }

  /** Lets the gate know whose queries were let in. */
  #count(gate: GateKeeper, { ipv6 }: Socket, count: number): void {
    const { queries, addresses, addressStride } = this.#room;
    for (let slot = 0; slot < count; slot++) {
      gate.count(ipv6, addresses, slot * addressStride, queries[slot], this.#room.received(slot));
    }
  }

  /** Nothing came. Errors of the moment, and those of one client (ICMP), pass; others would come for ever. */
  #excuse(): void {
    if (this.#libc.lastError() === sys.EAGAIN) return;
    const error = systemError(this.#libc, "recvmmsg");
    if (LASTING.has(error.code)) throw error;
  }

  /** Answers the queries in the first slots; how many replies there are to be sent, in the first slots too. */
  #answer({ ipv6, listen }: Socket, count: number): number {
    const room = this.#room;
    const client = this.#client;
    const respond = this.#respond;
    const { queries, replies } = room;
    client.addresses = ipv6 ? room.ipv6 : room.ipv4;
    client.asked = listen;
    this.#counters.take(ipv6 ? Way.UDP6 : Way.UDP4, count);
    let ready = 0;
    for (let slot = 0; slot < count; slot++) {
      const length = room.received(slot);
      if (slot !== ready) room.moveClient(slot, ready);
      if (this.#isForged(ready)) continue;
      if (length < 0) {
        this.#counts[Count.NOT_A_QUERY]++;
        continue;
      }
      client.slot = ready;
      const octets = respond(queries[slot], length, replies[ready], client);
      if (octets > 0) room.reply(ready++, octets);
    }
    return ready;
  }

  /** Our own address, or a service that replies to anything: a reply would be the start of a loop. */
  #isForged(slot: number): boolean {
    const port = this.#room.port(slot);
    if (port >= 1024 && !this.#ownPorts.includes(port)) return false;
    const at = slot * this.#room.addressStride;
    const forged = isReplier(port) || this.#own.some((own) => sameSockaddr(this.#room.addresses, at, own));
    if (forged) this.#counts[Count.FORGED]++;
    return forged;
  }

  #send({ fd }: Socket, count: number): void {
    const { outgoing } = this.#room;
    let sent = 0;
    while (sent < count) {
      const done = this.#libc.sendmmsg(fd, outgoing[sent], count - sent, sys.MSG_DONTWAIT);
      // The first of them can't be sent (no route, a firewall, a full queue): that concerns its client alone.
      if (done <= 0) this.#counts[Count.UNSENT]++;
      sent += done > 0 ? done : 1;
    }
  }

  /** Answers what has come already, and frees the addresses. */
  close(): void {
    for (const socket of this.#sockets.splice(0)) {
      for (let left = LAST_BATCHES; left > 0 && this.#take(socket, sys.MSG_DONTWAIT) > 0; left--);
      this.#libc.close(socket.fd);
    }
  }
}
