/** Ctrl-C and SIGTERM: the first one is heard, and what is under way comes to an end in good order; a second one kills. */

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Works with a signal that is aborted, with this reason, when the program is to stop. */
export async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>, reason?: Error): Promise<T> {
  const stop = new AbortController();
  const end = () => stop.abort(reason);
  for (const signal of SIGNALS) process.once(signal, end);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, end);
  }
}
