/** How the answering threads stand, and what that means for those who ask. */

export type ThreadKind = "udp" | "tcp" | "tls";

/** "hung": it has sockets, and answers nothing. "gone": it had sockets, and has none; another is about to take its place. */
export type ThreadStanding = "starting" | "answering" | "hung" | "gone";

/**
 * Why queries of a kind get no answers; undefined when they do. The kernel spreads UDP over all sockets that there are: a
 * thread without sockets leaves its share to the others, one with sockets loses it.
 */
export function troubleOf(
  kind: ThreadKind,
  threads: Iterable<{ readonly setup: { readonly kind: ThreadKind }; readonly standing: ThreadStanding }>,
): string | undefined {
  const standings = [...threads].filter(({ setup }) => setup.kind === kind).map(({ standing }) => standing);
  if (standings.includes("hung"))
    return `a thread that answers ${kind.toUpperCase()} hangs: it is being replaced, see the log`;
  if (standings.includes("answering") || !standings.includes("gone")) return undefined;
  return `no thread answers ${kind.toUpperCase()}: another is being started, see the log`;
}

/** What the system calls a thread, in top -H for one; another name for each worker, as one that hangs may be there yet. */
export function nameOf(thread: {
  readonly setup: { readonly kind: ThreadKind };
  readonly number: number;
  readonly restarts: number;
}): string {
  const { setup, number, restarts } = thread;
  return `${setup.kind}-${number}${restarts === 0 ? "" : `.${restarts}`}`;
}
