/** Columns of numbers that grow as a zone is read. */

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** A column of twice the length with the same numbers. */
export function grown<T extends Column>(column: T, make: new (length: number) => T): T {
  const larger = new make(column.length * 2);
  larger.set(column as never);
  return larger;
}
