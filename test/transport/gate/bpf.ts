/** Classic BPF, interpreted: what the kernel would say of a datagram. Written from bpf(4)'s and the kernel's description. */

import type { Assembly } from "../../../src/transport/gate/assembly.ts";

const NETWORK = 0xfff00000;
const RANDOM = 0xfffff038;

export interface Packet {
  /** The IP header. */
  readonly network: Uint8Array;
  /** From the UDP header on. */
  readonly datagram: Uint8Array;
}

interface Machine {
  a: number;
  x: number;
  readonly memory: number[];
}

/** The program's result; `steps` is how many instructions ran. Throws for what the kernel would not load. */
export function run(
  { memory, count }: Assembly,
  packet: Packet,
  random: () => number,
): { result: number; steps: number } {
  const view = new DataView(memory.buffer);
  const machine: Machine = { a: 0, x: 0, memory: [] };
  for (let at = 0, steps = 1; ; at++, steps++) {
    if (at >= count) throw new Error(`ran out of the program at ${at}`);
    const code = view.getUint16(at * 8, true);
    const k = view.getUint32(at * 8 + 4, true);
    const [whenTrue, whenFalse] = [view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3)];
    if (code === 0x06) return { result: k, steps };
    const jump = jumpOf(code, k, machine.a, whenTrue, whenFalse);
    if (jump !== undefined) at += jump;
    else if (code !== 0x20) calculate(machine, code, k, packet.datagram.length);
    else {
      const word = load(packet, k, random);
      // A load from past the end ends the program: nothing is let in.
      if (word === undefined) return { result: 0, steps };
      machine.a = word;
    }
  }
}

/** How many instructions are left out; undefined for what is no jump. */
function jumpOf(code: number, k: number, a: number, whenTrue: number, whenFalse: number): number | undefined {
  if (code === 0x05) return k;
  if (code === 0x15) return a === k ? whenTrue : whenFalse;
  if (code === 0x25) return a > k ? whenTrue : whenFalse;
  return undefined;
}

function load({ network, datagram }: Packet, at: number, random: () => number): number | undefined {
  if (at === RANDOM) return random();
  const [octets, from] = at >= NETWORK ? [network, at - NETWORK] : [datagram, at];
  if (from + 4 > octets.length) return undefined;
  return new DataView(octets.buffer, octets.byteOffset).getUint32(from);
}

function calculate(machine: Machine, code: number, k: number, length: number): void {
  const { a, x } = machine;
  const results: Readonly<Record<number, () => number>> = {
    128: () => length,
    0: () => k,
    96: () => machine.memory[k] ?? 0,
    68: () => a | k,
    84: () => a & k,
    100: () => a << k,
    116: () => a >>> k,
    124: () => a >>> x,
    36: () => Math.imul(a, k),
    164: () => a ^ k,
    172: () => a ^ x,
  };
  if (code === 0x02) machine.memory[k] = a;
  else if (code === 0x07) machine.x = a;
  else if (results[code]) machine.a = results[code]() >>> 0;
  else throw new Error(`no instruction ${code.toString(16)}`);
}
