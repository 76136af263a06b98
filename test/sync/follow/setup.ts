/** A store in memory, somebody who publishes to it, and POPs that follow it. */

import { MemoryStore } from "./memorystore.ts";
import { Pop, type PopArgs, scratch } from "./pop.ts";
import { Publisher } from "./publisher.ts";

/** All POPs end with it. */
export function setUp() {
  const store = new MemoryStore();
  const publisher = new Publisher(store);
  const folder = scratch();
  const pops: Pop[] = [];
  return {
    ...{ store, publisher, folder },
    pop(args: PopArgs = {}): Pop {
      const pop = new Pop(store, publisher.trust, args.directory ?? folder.path, args);
      pops.push(pop);
      return pop;
    },
    async [Symbol.asyncDispose]() {
      for (const pop of pops) await pop.close();
      folder[Symbol.dispose]();
    },
  };
}
