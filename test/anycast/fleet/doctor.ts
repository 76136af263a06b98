/** A prefix's health in virtual time: the real machine, with checks that fail while there is a fault. */

import { type Health, initialHealth, step } from "../../../src/anycast/health/step.ts";
import type { HealthLimits, Outcome, Severity } from "../../../src/anycast/health/verdict.ts";
import type { SimPop } from "./simpop.ts";

const LIMITS: HealthLimits = { fall: 3, rise: 8, cooldown: 10_000, cooldownMost: 40_000, transitions: 1000 };
const CHECKS = ["udp", "soa"] as const;

export class Doctor {
  readonly #pop: SimPop;
  readonly #prefix: string;
  #fault: Severity | undefined;
  #health: Health | undefined;
  #ticking = false;

  constructor(pop: SimPop, prefix: string) {
    this.#pop = pop;
    this.#prefix = prefix;
  }

  /** The process has begun. */
  begin(): void {
    this.#health = initialHealth(CHECKS, this.#pop.moment().monotonic, LIMITS);
    this.#tickSoon();
  }

  fault(fault: Severity | undefined): void {
    this.#fault = fault;
    this.#tickSoon();
  }

  get isWell(): boolean {
    return this.#fault === undefined && this.#health?.verdict === "good";
  }

  #tickSoon(): void {
    if (this.#ticking || !this.#pop.alive) return;
    this.#ticking = true;
    const { run } = this.#pop;
    const pause = this.#health?.phase === "cooldown" ? 1000 : 100;
    this.#pop.world.timeline.after(pause, () => {
      this.#ticking = false;
      if (this.#pop.run !== run) this.#tickSoon();
      else if (this.#pop.alive) this.#tick();
    });
  }

  #tick(): void {
    const { monotonic } = this.#pop.moment();
    let health = this.#health!;
    for (const check of CHECKS)
      health = step(health, { say: "outcome", check, outcome: this.#says(check) }, monotonic, LIMITS);
    const news = health.verdict !== this.#health?.verdict;
    this.#health = health;
    if (news) {
      this.#pop.verdict(this.#prefix, health.verdict, health.why);
      this.#pop.look();
    }
    const meant = { hard: "dead", wrong: "wrong", none: "good" }[this.#fault ?? "none"];
    if (health.verdict !== meant) this.#tickSoon();
  }

  #says(check: string): Outcome {
    if (this.#fault === undefined || (this.#fault === "wrong" && check === "udp")) return { ok: true };
    return { ok: false, severity: this.#fault, why: `${check} fails` };
  }
}
