/**
 * Revisions and positions of a store in NATS: the sequence of a message in its stream, and a mark that tells it from
 * another message with the same sequence. After an older copy of the store was put in its place sequences are given a
 * second time, and who follows must notice. The mark is the beginning of the message's id, which is random.
 *
 *   revision   sequence × 2^18 + mark + index       index: of a zone among those of one swap
 *   position   sequence × 2^18 + 2^17 + mark        so that it is above all revisions of that sequence
 *
 * Who wants to be told of a revision and all that came after it begins at one less, in any store: that is a number among
 * the revisions of its sequence, and stands for the position before it.
 */

const SPAN = 2 ** 18;
const HALF = SPAN / 2;
/** The mark of a position whose message was not seen. */
const NONE = HALF - 1;

/** Zones that one swap can change. */
export const SWAP_MOST = 2 ** 16;

/** The mark in a message's id, from 0 to 65,535; 0 for a message that somebody else wrote. */
export function markOf(id: string): number {
  const mark = Number.parseInt(id.slice(0, 4), 16);
  return Number.isInteger(mark) ? mark : 0;
}

export function revisionOf(seq: number, mark: number, index = 0): number {
  return seq * SPAN + mark + index;
}

/** `mark`: undefined when the message with that sequence is not known. */
export function positionOf(seq: number, mark: number | undefined): number {
  return seq === 0 ? 0 : seq * SPAN + HALF + (mark ?? NONE);
}

export function readPosition(position: number): { readonly seq: number; readonly mark: number | undefined } {
  const seq = Math.floor(position / SPAN);
  const mark = (position % SPAN) - HALF;
  if (mark < 0) return { seq: Math.max(0, seq - 1), mark: undefined };
  return { seq, mark: mark === NONE ? undefined : mark };
}

/** The position just before everything with a revision. */
export function positionBefore(revision: number): number {
  return positionOf(Math.floor(revision / SPAN) - 1, undefined);
}
