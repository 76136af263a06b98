/** Virtual time: what is to happen, in its order; what is due at the same time happens in the order of planning. */

interface Event {
  readonly at: number;
  readonly number: number;
  readonly happen: () => void;
}

export class Timeline {
  /** Milliseconds. */
  now = 0;
  happened = 0;
  readonly #heap: Event[] = [];
  #number = 0;

  after(delay: number, happen: () => void): void {
    const heap = this.#heap;
    const event = { at: this.now + Math.max(0, delay), number: this.#number++, happen };
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (isBefore(heap[parent]!, event)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
  }

  run(until: number): void {
    while (this.#heap.length > 0 && this.#heap[0]!.at <= until) {
      const event = this.#take();
      this.now = event.at;
      this.happened++;
      event.happen();
    }
    this.now = until;
  }

  #take(): Event {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}
