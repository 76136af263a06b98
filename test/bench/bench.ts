/** What a bench is, and what it is given. */

import type { Generator } from "./generator.ts";
import type { Options } from "./options.ts";
import type { Workplace } from "./workplace.ts";

export interface Run {
  readonly place: Workplace;
  /** Undefined without a C compiler. */
  readonly generator: Generator | undefined;
  readonly options: Options;
}

export interface Bench {
  readonly about: string;
  readonly bench: (run: Run) => Promise<void>;
  /** It sends load. */
  readonly loads?: boolean;
}
