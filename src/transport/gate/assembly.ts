/** Instructions of classic BPF, written into memory of their own, as the kernel reads them. */

/** code, of 16 bits; jumps if true and if false, 8 each; a constant of 32. */
export const INSTRUCTION = 8;
export const Code = {
  LOAD: 0x20,
  LOAD_LENGTH: 0x80,
  LOAD_CONSTANT: 0x00,
  LOAD_MEMORY: 0x60,
  STORE: 0x02,
  OR: 0x44,
  AND: 0x54,
  LEFT: 0x64,
  RIGHT: 0x74,
  RIGHT_X: 0x7c,
  MULTIPLY: 0x24,
  XOR: 0xa4,
  XOR_X: 0xac,
  TO_X: 0x07,
  JUMP: 0x05,
  IF_EQUAL: 0x15,
  IF_ABOVE: 0x25,
  RETURN: 0x06,
} as const;

/** As many as the kernel takes (BPF_MAXINSNS). */
const MOST = 4096;

export class Assembly {
  /** struct sock_filter, as many as `count`. */
  readonly memory: Uint8Array = new Uint8Array(new ArrayBuffer(MOST * INSTRUCTION));
  readonly #view: DataView = new DataView(this.memory.buffer);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  add(code: number, constant: number, whenTrue = 0, whenFalse = 0): void {
    const at = this.#count++ * INSTRUCTION;
    const view = this.#view;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, whenTrue);
    view.setUint8(at + 3, whenFalse);
    view.setUint32(at + 4, constant, true);
  }

  /** A jump, to be landed. */
  jump(): number {
    this.add(Code.JUMP, 0);
    return this.#count - 1;
  }

  /** A jump if A is above the constant, to be landed: a far one is two instructions, a near one goes no farther than 255. */
  ifAbove(constant: number, near: boolean): number {
    this.add(Code.IF_ABOVE, constant, 0, near ? 0 : 1);
    return near ? this.#count - 1 : this.jump();
  }

  /** A jump goes to what is written next. */
  land(jump: number): void {
    const at = jump * INSTRUCTION;
    const over = this.#count - jump - 1;
    if (this.#view.getUint16(at, true) === Code.JUMP) this.#view.setUint32(at + 4, over, true);
    else this.#view.setUint8(at + 2, over);
  }
}
