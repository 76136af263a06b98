/** What this POP serves and what it could not load, as data. */

import { type Listen, listenToText } from "../text/listen.ts";
import { nameToText } from "../text/name.ts";
import { problemToText } from "../zone/problem.ts";
import { countsOf } from "./counts.ts";
import type { AnswerThread } from "./threads.ts";
import { recordsOf, serialOf, type ZoneSet, type ZoneState } from "./zoneset.ts";

/** The state of the server that status tells. */
export interface Serving {
  readonly pop: string;
  readonly version: string;
  readonly listen: readonly Listen[];
  readonly started: number;
  readonly zones: ZoneSet;
  readonly threads: readonly AnswerThread[];
  ready: boolean;
}

/** The whole status, to be written as JSON. */
export function statusOf(serving: Serving): unknown {
  return {
    pop: serving.pop,
    version: serving.version,
    ready: serving.ready,
    started: new Date(serving.started).toISOString(),
    listen: serving.listen.map(listenToText),
    threads: serving.threads.map(({ setup, bound, restarts }) => ({
      kind: setup.kind,
      /** "down" while a thread that died is being started again. */
      state: bound === undefined ? "down" : "serving",
      transport: bound?.transport,
      why: bound?.why || undefined,
      restarts,
    })),
    counts: countsOf(serving.threads.map(({ counters }) => counters)),
    zones: [...serving.zones.states].map(zoneStatus),
  };
}

function zoneStatus(state: ZoneState): unknown {
  const { apex, image, job, errors, problems } = state;
  return {
    zone: apex ? nameToText(apex) : undefined,
    file: job.file,
    /** "stale": the file has errors, and an older version is served. */
    state: image === undefined ? "failed" : errors > 0 ? "stale" : "serving",
    serial: image && serialOf(image),
    records: image && recordsOf(image),
    loaded: image && new Date(state.loadedAt).toISOString(),
    errors,
    problems: problems.map(problemToText),
  };
}
