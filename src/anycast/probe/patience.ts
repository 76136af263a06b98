/**
 * How long an answer is waited for. The main thread may stand still for hundreds of milliseconds (a collection, a large
 * message); a timer then fires before the data that came long since is read. Such time is not held against the server.
 */

const PARTS = 4;

/**
 * Calls `passed` after each quarter of the time, with 1 to 4; returns what ends that. However long the event loop stands
 * still, it takes one quarter: there are three more in which answers can come. And after each, what has come by then is
 * read first.
 */
export function patiently(milliseconds: number, passed: (quarter: number) => void): () => void {
  let timer: NodeJS.Timeout;
  let turn: NodeJS.Immediate | undefined;
  let quarter = 0;
  const wait = () => {
    timer = setTimeout(() => {
      // Immediates run once the loop has looked at its sockets.
      turn = setImmediate(() => {
        quarter++;
        if (quarter < PARTS) wait();
        passed(quarter);
      });
    }, milliseconds / PARTS);
  };
  wait();
  return () => {
    clearTimeout(timer);
    if (turn) clearImmediate(turn);
  };
}
