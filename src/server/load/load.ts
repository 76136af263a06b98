/** Whether more comes than is answered: sampled once a second, for all who ask. */

import { Count, type Counters, Way } from "../../answer/counters.ts";
import { takenBy } from "../counts.ts";
import type { Tell } from "../log.ts";
import type { AnswerSetup } from "../messages.ts";
import { Kernel } from "./kernel.ts";
import { BEGIN_MS, FEW, Overload } from "./overload.ts";
import { lostShare, REMEMBERED, Window } from "./window.ts";

const SAMPLE_MS = 1000;
/** Over which time a probe's loss is judged: long enough for a share, and short enough to be of its own time. */
const LATELY_MS = 1000;
/** The first second of a process has less. */
const LEAST_MS = 50;
/** Fewer packets or connections than these in that time are no load. */
const FEW_LATELY = 20;
/** Packets of a connection with one query that come to this side, and those of a probe that come to the other: all are ours. */
const PACKETS = 4;
const UDP = [Way.UDP4, Way.UDP6];

interface Thread {
  readonly setup: Pick<AnswerSetup, "listen">;
  readonly counters: Counters;
}

export interface LoadOptions {
  readonly monotonic?: () => number;
  readonly kernel?: Kernel;
}

export class Load {
  readonly #threads: readonly Thread[];
  readonly #monotonic: () => number;
  readonly #kernel: Kernel;
  readonly #window = new Window();
  readonly #overload = new Overload();
  #drops: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** A look under way: those who come meanwhile are told of the same one. */
  #looking: Promise<void> | undefined;

  /** Of these threads, those to come included. */
  constructor(
    threads: readonly Thread[],
    { monotonic = () => performance.now(), kernel = new Kernel() }: LoadOptions = {},
  ) {
    this.#threads = threads;
    this.#monotonic = monotonic;
    this.#kernel = kernel;
  }

  /** Samples from now on, and tells when an overload begins and when it is over. */
  start(tell: Tell): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => void this.sample(tell), SAMPLE_MS).unref();
    void this.sample(tell);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks, and says what has become of an overload. */
  async sample(tell: Tell): Promise<void> {
    await this.look();
    const line = this.#overload.hear(this.#window.datagrams(BEGIN_MS), this.#monotonic());
    if (line) tell(line.level, line.event, line.facts, line.text);
  }

  /** Reads what the kernel tells now. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const kernel = await this.#kernel.look(this.#threads[0]?.setup.listen ?? []);
    this.#drops = kernel?.drops;
    if (kernel === undefined) return;
    const sum = (cell: number) => this.#threads.reduce((all, { counters }) => all + counters.cells[cell], 0);
    const [shed, keptOut] = [sum(Count.SHED), sum(Count.GATE_KEPT_OUT)];
    this.#window.add({ at: this.#monotonic(), taken: takenBy(this.#threads, UDP), shed, keptOut, kernel });
  }

  /** Datagrams that the kernel dropped at our sockets, as of the last look; undefined where it does not tell. */
  get drops(): number | undefined {
    return this.#drops;
  }

  /** For how many milliseconds there has been an overload; undefined when there is none. */
  get overloadedFor(): number | undefined {
    const since = this.#overload.beganAt;
    return since === undefined ? undefined : this.#monotonic() - since;
  }

  /**
   * Of the datagrams of the last ten seconds, how many were dropped or shed, in percent; undefined until there were ten
   * seconds, and where the system does not tell.
   */
  get percent(): number | undefined {
    const tally = this.#window.datagrams(REMEMBERED);
    return tally && lostShare(tally, FEW) * 100;
  }

  /**
   * The same without what gates kept out. A POP that lets in as much as it can answer, and those first whom it knows, does
   * under an attack what it can: were it to leave for that, the attack would go to the next one.
   */
  get percentLetIn(): number | undefined {
    const tally = this.#window.letIn(REMEMBERED);
    return tally && lostShare(tally, FEW) * 100;
  }

  /** Which part of what comes is lost at this moment: a query's chance to be among it, 0 to 1. */
  async lossOf(protocol: "udp" | "tcp"): Promise<number> {
    await this.look();
    const packets = lostShare(this.#window.packets(LATELY_MS, LEAST_MS), FEW_LATELY);
    if (protocol === "tcp") {
      const refused = lostShare(this.#window.connections(LATELY_MS, LEAST_MS), FEW_LATELY);
      return 1 - (1 - refused) * (1 - packets) ** PACKETS;
    }
    const datagrams = this.#window.datagrams(LATELY_MS, LEAST_MS);
    // Nobody reads: that is no overload. Who sheds all reads, and has nothing but what is too old.
    if (datagrams === undefined || this.#window.read(LATELY_MS, LEAST_MS) === 0) return 0;
    return 1 - (1 - lostShare(datagrams, FEW_LATELY)) * (1 - packets);
  }
}
