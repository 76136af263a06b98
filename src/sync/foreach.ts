/** Work on many things, some of them at the same time: requests to the store and to POPs. */

/** Does something with each, so many at once, in order of the list. The first error ends it, after what has begun. */
export async function forEach<T>(list: Iterable<T>, atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const rest = list[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next = rest.next(); !next.done && !failed; next = rest.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const error = ended.find((one) => one.status === "rejected");
  if (error) throw error.reason;
}
