/** Waits until the fleet answers with what was published: not on a POP's word, but on its own answer to a real query. */

import { forEach } from "../foreach.ts";
import { type Manifest, versionFor } from "../manifest/manifest.ts";
import { conduct } from "./conduct.ts";
import type { ConductEvent, Conductor } from "./conductor.ts";
import { Fleet } from "./fleet.ts";
import { passageLine, passageOf, spreadOf } from "./ledger.ts";
import { epochOf, listenToPops, readPops } from "./listen.ts";
import { countText, failedOf, isWaitedFor, pausedText } from "./outcome.ts";
import { PopProof } from "./proving.ts";
import { Slots } from "./slots.ts";
import { dueOf } from "./standing.ts";
import type { Due, PopStanding, Waited, WaitPlan } from "./waited.ts";

/** POPs that are asked at once. */
const ASKED_AT_ONCE = 128;
/**
 * Standings that do not hold others up once they have held for so long, in milliseconds. A POP that refuses may think
 * better of it, when it has missed a blob for instance; one that is not ready may be starting, or get its first zone.
 */
const STANDS_MS = { refuses: 3000, withdrawn: 500, starting: 10_000 } as const;
const TICK_MS = 100;
/** Zones of one publication that get a line in their ledgers. */
const LINES_MOST = 1000;
const LINES_AT_ONCE = 16;

/** Resolves when every announcing POP is proven, or time is up, or a rollout went back. Rejects with StoreError. */
export async function waitForFleet(plan: WaitPlan): Promise<Waited> {
  const waiting = new Waiting(plan);
  try {
    return await waiting.run();
  } finally {
    waiting.stop();
  }
}

class Waiting {
  readonly #plan: WaitPlan;
  readonly #began: number;
  readonly #fleet = new Fleet();
  readonly #stop = new AbortController();
  readonly #pops = new Map<string, PopProof>();
  readonly #told = new Map<string, PopStanding>();
  /** Since when POPs stand as they do. */
  readonly #since = new Map<string, number>();
  /** How the rollouts have ended. */
  readonly #ended = new Map<string, ConductEvent>();
  readonly #slots = new Slots(ASKED_AT_ONCE);
  /** What is due to POPs in which groups, until a rollout goes on. */
  readonly #dues = new Map<string, Due>();
  /** The groups that waves name: POPs that are in none of these are all alike. */
  #waved: ReadonlySet<string> = new Set();
  #looking: NodeJS.Immediate | undefined;
  #conductor: Conductor | undefined;
  #epoch: string | undefined;
  /** Since when time has been running: not while a rollout is under way. */
  #running: number;
  #settle: { resolve: (waited: Waited) => void; reject: (error: unknown) => void } | undefined;

  constructor(plan: WaitPlan) {
    this.#plan = plan;
    this.#running = plan.clock.monotonic();
    this.#began = plan.since ?? this.#running;
  }

  stop(): void {
    this.#stop.abort();
  }

  async run(): Promise<Waited> {
    const { store, clock } = this.#plan;
    const { signal } = this.#stop;
    const heard = (pop: string) => this.#heard(pop);
    const listening = { store, fleet: this.#fleet, clock, signal, heard };
    await readPops(listening);
    const settled = new Promise<Waited>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const fail = (error: unknown) => this.#settle?.reject(error);
    listenToPops(listening).catch(fail);
    epochOf(store, signal).then((epoch) => {
      this.#epoch = epoch;
      this.#wakeAll();
    }, fail);
    const conducted = this.#conduct().catch(fail);
    for (const { report } of this.#fleet.all()) this.#heard(report.pop);
    if (this.#pops.size === 0) this.#plan.tell({ say: "store", text: `${countText([], false)}: waiting for one` });
    const timer = setInterval(() => this.#look(), TICK_MS);
    this.#plan.signal?.addEventListener("abort", () => this.#look(), { once: true, signal });
    try {
      const waited = await settled;
      await this.#record(waited);
      return waited;
    } finally {
      clearInterval(timer);
      this.stop();
      await conducted;
    }
  }

  /** Rollouts are brought on by this one, too, or by whoever is faster. */
  async #conduct(): Promise<void> {
    const { published, clock, ask, conduct: how } = this.#plan;
    const rollouts = published.filter(({ rollout }) => rollout);
    if (rollouts.length === 0) return;
    if (how === undefined) throw new RangeError("a rollout needs a conductor");
    await conduct({
      ...{ hand: how.hand, limits: how.limits, clock, ask, ledger: false, signal: this.#stop.signal },
      only: {
        versions: new Map(rollouts.map(({ zone, version }) => [zone, version])),
        revision: Math.min(...rollouts.map(({ revision }) => revision)),
      },
      tell: (event) => this.#toldOf(event),
      changed: (conductor) => {
        this.#conductor = conductor;
        this.#wakeAll();
      },
    });
  }

  #toldOf(event: ConductEvent | { readonly zone: undefined; readonly text: string }): void {
    if (event.zone === undefined) {
      this.#plan.tell({ say: "store", text: event.text });
      return;
    }
    this.#plan.tell({ say: "rollout", zone: event.zone, text: event.text });
    if (event.say === "done" || event.say === "back" || event.say === "replaced") {
      this.#ended.set(event.zone, event);
      this.#wakeAll();
    }
  }

  #wakeAll(): void {
    this.#dues.clear();
    for (const pop of this.#pops.values()) pop.wake();
  }

  #heard(pop: string): void {
    const known = this.#pops.get(pop);
    if (known !== undefined) {
      known.wake();
      return;
    }
    const { ask, clock, published } = this.#plan;
    const proving = {
      ...{ fleet: this.#fleet, ask, slots: this.#slots, signal: this.#stop.signal, all: published.length },
      monotonic: () => clock.monotonic(),
      due: (groups: readonly string[]) => this.#due(groups),
      epoch: () => this.#epoch,
      changed: () => this.#lookSoon(),
    };
    this.#pops.set(pop, new PopProof(pop, proving, this.#began));
    this.#lookSoon();
  }

  /** Zones without a rollout, or with one that is done or has got to these groups. */
  #due(groups: readonly string[]): Due {
    if (this.#dues.size === 0) this.#waved = this.#wavedGroups();
    const key = groups.filter((group) => this.#waved.has(group)).join(" ");
    const known = this.#dues.get(key);
    if (known !== undefined) return known;
    const zones = this.#plan.published.flatMap((one) => {
      if (!one.rollout) return one;
      // A report says that it is served when it has read the manifest that brought it there.
      const head = this.#conductor?.newest(one.zone);
      const reached = head !== undefined && versionFor(head.manifest, groups)?.version === one.version;
      return reached ? { ...one, id: head.manifest.id, revision: head.revision } : [];
    });
    const due = dueOf(zones);
    this.#dues.set(key, due);
    return due;
  }

  #wavedGroups(): ReadonlySet<string> {
    const waves = this.#rollouts().flatMap(({ rollout }) => rollout?.waves ?? []);
    return new Set(waves.flatMap(({ to }) => to));
  }

  /** The manifests of rollouts that are under way. */
  #rollouts(): readonly Manifest[] {
    const rollouts = this.#plan.published.filter(({ rollout }) => rollout);
    return rollouts.flatMap(({ zone }) => this.#conductor?.manifest(zone) ?? []);
  }

  /** What comes together is looked at together. */
  #lookSoon(): void {
    this.#looking ??= setImmediate(() => {
      this.#looking = undefined;
      this.#look();
    });
  }

  /** Tells what has changed, and ends the waiting when there is nothing more to wait for. */
  #look(): void {
    if (this.#stop.signal.aborted || this.#settle === undefined) return;
    const pops = [...this.#pops.values()].map((pop) => pop.standing());
    pops.sort((a, b) => (a.pop < b.pop ? -1 : 1));
    this.#tellChanges(pops);
    const outcome = this.#outcome(pops);
    if (outcome === undefined) return;
    const spread = spreadOf(pops.flatMap(({ ms }) => (ms === undefined ? [] : [ms])));
    this.#settle.resolve({ ...outcome, pops, spread });
  }

  #tellChanges(pops: readonly PopStanding[]): void {
    const counted = pops.filter(isWaitedFor);
    const proven = counted.filter(({ standing }) => standing === "proven").length;
    for (const pop of pops) {
      const before = this.#told.get(pop.pop);
      this.#told.set(pop.pop, pop);
      if (before?.standing !== pop.standing) this.#since.set(pop.pop, this.#plan.clock.monotonic());
      if (before?.standing === pop.standing && pop.standing !== "waiting") continue;
      if (before?.why !== pop.why || before.standing !== pop.standing) {
        this.#plan.tell({ say: "pop", pop, proven, of: counted.length });
      }
    }
  }

  #outcome(pops: readonly PopStanding[]): Pick<Waited, "outcome" | "text"> | undefined {
    const now = this.#plan.clock.monotonic();
    const count = countText(
      pops,
      this.#plan.published.every(({ serial }) => serial === undefined),
    );
    if (this.#isUnderWay()) this.#running = now;
    // Zones that go on are conducted to their ends, whatever became of others.
    if (this.#isEnded()) {
      const failed = failedOf([...this.#ended.values()]);
      if (failed !== undefined) return failed;
      if (this.#isSettled(pops, now)) {
        const all = pops.every(({ standing }) => standing !== "refuses");
        return { outcome: all ? "proven" : "late", text: count };
      }
    }
    if (this.#plan.signal?.aborted === true) {
      const stays = this.#isEnded() ? "" : ", and the rollout stays where it is";
      return { outcome: "late", text: `broken off${stays}: ${count}` };
    }
    if (now - this.#running < this.#plan.timeout) return undefined;
    const text = pausedText(this.#rollouts()) ?? `${count}, after ${this.#plan.timeout / 1000} s`;
    return failedOf([...this.#ended.values()]) ?? { outcome: "late", text };
  }

  /** True while a rollout goes on by itself; a paused one waits for somebody, and time runs. */
  #isUnderWay(): boolean {
    return this.#plan.published.some(
      ({ zone, rollout }) =>
        rollout && !this.#ended.has(zone) && this.#conductor?.manifest(zone)?.rollout?.state !== "paused",
    );
  }

  #isEnded(): boolean {
    return this.#plan.published.every(({ zone, rollout }) => !rollout || this.#ended.has(zone));
  }

  #isSettled(pops: readonly PopStanding[], now: number): boolean {
    const reached = pops.some(({ standing }) => standing === "proven" || standing === "refuses");
    return reached && pops.every((pop) => this.#isOver(pop, now));
  }

  #isOver({ pop, standing }: PopStanding, now: number): boolean {
    if (standing === "proven" || standing === "silent") return true;
    if (standing === "waiting" || standing === "later") return false;
    return now - (this.#since.get(pop) ?? now) >= STANDS_MS[standing];
  }

  async #record(waited: Waited): Promise<void> {
    const { ledger, published, store, clock, tell } = this.#plan;
    if (ledger === undefined) return;
    const { outcome, text, spread } = waited;
    const facts = { at: new Date(clock.now()).toISOString(), by: ledger, outcome, text, ...(spread && { spread }) };
    try {
      await forEach(published.slice(0, LINES_MOST), LINES_AT_ONCE, async (one) => {
        await store.record(passageLine(passageOf(one, facts, waited.pops, this.#fleet)));
      });
    } catch (error) {
      tell({ say: "store", text: `the ledger was not written: ${(error as Error).message}` });
    }
  }
}
