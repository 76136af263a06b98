/** What a verb that publishes says: lines for people as it goes, or one JSON document at the end. */

import type { Plan } from "../sync/publish/plan.ts";
import type { Waited } from "../sync/rollout/waited.ts";
import { diffLines } from "../zone/difflines.ts";
import { changeCount } from "../zone/diffresult.ts";
import { type Problem, problemToText } from "../zone/problem.ts";
import type { PublishOptions } from "./publishflags.ts";

/** A zone in the JSON document. */
interface ZoneFacts {
  readonly zone: string;
  readonly file?: string;
  /** Undefined for a zone that can't be loaded, or that goes. */
  readonly serial?: number;
  outcome: "published" | "planned" | "unchanged" | "refused" | "removed" | "absent";
  [fact: string]: unknown;
}

type Outcome = "published" | "planned" | "unchanged" | "refused" | "failed";

export class Teller {
  readonly #options: PublishOptions;
  readonly #people: NodeJS.WritableStream;
  readonly #zones: ZoneFacts[] = [];
  #waited: Waited | undefined;
  #error: string | undefined;

  constructor(options: PublishOptions, stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream) {
    this.#options = options;
    this.#people = options.json ? stderr : stdout;
  }

  /** A line for those who want to know how it goes. */
  line(text: string): void {
    if (!this.#options.quiet) this.#people.write(`${text}\n`);
  }

  /** A line for everybody. */
  loud(text: string): void {
    this.#people.write(`${text}\n`);
  }

  /** What a zone file has wrong; it can't be loaded without a zone. */
  file(file: string, zone: string, problems: readonly Problem[], loadable: boolean): void {
    for (const problem of problems) this.loud(problemToText(problem));
    if (!loadable) this.#zones.push({ zone, file, outcome: "refused", problems: problems.map(problemToText) });
  }

  /** What becomes of a zone. */
  plan(plan: Plan, file: string | undefined): void {
    const facts = {
      zone: plan.zone,
      ...(file === undefined ? {} : { file }),
      before: plan.before && stateOf(plan.before),
    };
    if (plan.outcome === "unchanged") {
      const { version, serial } = plan.before;
      this.#zones.push({ ...facts, outcome: "unchanged", version, serial });
      if (this.#options.verbose) this.line(`${plan.zone} is unchanged: version ${version}, serial ${serial}`);
      return;
    }
    this.#diff(plan);
    const changes = changesOf(plan);
    if (plan.outcome === "refused") {
      this.#zones.push({ ...facts, outcome: "refused", changes, objections: plan.objections });
      for (const { guard, found } of plan.objections) this.loud(`${plan.zone} refused: ${nameOf(guard)}${found}`);
      return;
    }
    const { version } = plan.publication.signed.manifest.versions[0];
    const { serial, overrides } = plan;
    for (const { guard, found } of overrides) this.loud(`${plan.zone} allowed: ${guard}: ${found}`);
    this.#zones.push({ ...facts, outcome: "planned", version, serial, changes, overrides });
  }

  /** A zone of a new file has all its records shown only when everything is to be. */
  #diff(plan: Exclude<Plan, { outcome: "unchanged" }>): void {
    const { before, diff } = plan;
    if (before !== undefined && diff.serials.before === undefined) {
      const serials = `SOA serial ${before.serial} -> ${diff.serials.after}`;
      this.line(`${plan.zone} ${serials}: what changes can't be told, as what is live can't be read`);
      return;
    }
    const lines = [...diffLines(diff)];
    const shown = before !== undefined || this.#options.verbose ? lines : [lines[0], lines[lines.length - 1]];
    for (const line of shown) this.line(line);
  }

  /** A zone that goes, went before, or never was. */
  removal(zone: string, outcome: "planned" | "unchanged" | "absent"): void {
    this.#zones.push({ zone, outcome });
  }

  /** Everything that was planned is published. */
  published(): void {
    for (const facts of this.#zones) if (facts.outcome === "planned") facts.outcome = "published";
  }

  waited(waited: Waited): void {
    this.#waited = waited;
  }

  failed(message: string): void {
    this.#error = message;
  }

  /** How many zones ended in a way. */
  count(outcome: ZoneFacts["outcome"]): number {
    return this.#zones.filter((facts) => facts.outcome === outcome).length;
  }

  /** The document, when one is wanted. */
  end(store: string, stdout: NodeJS.WritableStream): void {
    if (!this.#options.json) return;
    const waited = this.#waited;
    const document = {
      store,
      outcome: this.#outcome(),
      ...(this.#error === undefined ? {} : { error: this.#error }),
      zones: this.#zones,
      ...(waited === undefined ? {} : { waited }),
    };
    stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }

  #outcome(): Outcome {
    if (this.#error !== undefined) return "failed";
    for (const outcome of ["published", "refused", "planned"] as const) if (this.count(outcome) > 0) return outcome;
    return "unchanged";
  }
}

function stateOf({ version, serial }: { version: number; serial: number }): object {
  return { version, serial };
}

function nameOf(guard: string | undefined): string {
  return guard === undefined ? "" : `${guard}: `;
}

/** The sums of a diff: the records themselves are for people, or for zonecast diff --json. */
function changesOf({ diff }: Exclude<Plan, { outcome: "unchanged" }>): object {
  const { added, removed, changed } = diff.rrsets;
  const { before, after } = diff;
  return {
    added,
    removed,
    changed,
    signatures: changeCount(diff.signatures),
    denial: changeCount(diff.denial),
    before,
    after,
  };
}
