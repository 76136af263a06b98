/** Who has taken what: a promise for each thing given, kept by threads that live. */

import { expect, test } from "vitest";
import { Acknowledgements } from "../../src/server/acknowledgements.ts";

/** Which of the promises are fulfilled by now. */
async function fulfilled(...promises: readonly Promise<void>[]): Promise<boolean[]> {
  const states = promises.map(() => false);
  promises.forEach((promise, i) => {
    void promise.then(() => {
      states[i] = true;
    });
  });
  await new Promise(setImmediate);
  return states;
}

test("what nobody is given is taken at once", async () => {
  expect(await fulfilled(new Acknowledgements<string>().next([]))).toEqual([true]);
});

test("taken is what every thread has taken, and all before it", async () => {
  const acknowledgements = new Acknowledgements<string>();
  const first = acknowledgements.next(["a", "b"]);
  const second = acknowledgements.next(["a", "b", "c"]);
  const { number } = acknowledgements;
  expect(await fulfilled(first, second)).toEqual([false, false]);
  acknowledgements.taken("a", number);
  acknowledgements.taken("b", number - 1);
  expect(await fulfilled(first, second)).toEqual([true, false]);
  acknowledgements.taken("b", number);
  acknowledgements.taken("b", number);
  expect(await fulfilled(second)).toEqual([false]);
  acknowledgements.taken("c", number);
  expect(await fulfilled(second)).toEqual([true]);
});

test("a thread that is no more holds nobody up, and one that came later is not waited for", async () => {
  const acknowledgements = new Acknowledgements<string>();
  const first = acknowledgements.next(["a", "b"]);
  const second = acknowledgements.next(["b"]);
  acknowledgements.taken("a", acknowledgements.number);
  acknowledgements.taken("later", acknowledgements.number);
  acknowledgements.gone("b");
  expect(await fulfilled(first, second)).toEqual([true, true]);
});
