/** BIRD, told by "enable" and "disable" on its control socket; bird.conf has the routes themselves (statics.ts). */

import type { Prefix } from "../../text/prefix.ts";
import { type Daemon, DaemonTrouble, type Seen, type Step } from "../lease/daemon.ts";
import { type BirdControl, connectBird } from "./control.ts";
import { heardOf, toldFamilies } from "./paths.ts";
import { Code, failed, type Reply, said } from "./reply.ts";
import { type Holder, lacking, noHolder, PATTERNS, prefixOf, type Static, staticsOf } from "./statics.ts";

/** Of so many looks one is at everything; the others only see whether what was turned on still is. */
const THOROUGH = 4;

/** BIRD behind the socket at `path`. */
export function birdDaemon(path: string): Daemon {
  return new BirdDaemon(path);
}

/** Turns off all that is ours; for whoever outlives the server. Throws DaemonTrouble. */
export async function withdrawFromBird(path: string): Promise<void> {
  const control = await connectBird(path, () => {});
  try {
    for (const pattern of PATTERNS) {
      const reply = await control.ask(`disable "${pattern}"`);
      if (failed(reply) && reply.code !== Code.NO_SUCH_PROTOCOL) throw new DaemonTrouble(whyRefused(path, reply));
    }
  } finally {
    control.end();
  }
}

class BirdDaemon implements Daemon {
  readonly name: string;
  #control: BirdControl | undefined;
  #gone: (trouble: DaemonTrouble) => void = () => {};
  #looks = 0;
  /** What bird.conf has of ours, and the words by which a change of it is seen. */
  #holders: readonly Holder[] = [];
  #wrong: readonly string[] = [];
  #configured: string | undefined;
  #heard: ReadonlyMap<string, boolean> = new Map();

  constructor(path: string) {
    this.name = path;
  }

  onGone(gone: (trouble: DaemonTrouble) => void): void {
    this.#gone = gone;
  }

  async look(prefixes: readonly Prefix[]): Promise<Seen> {
    const control = await this.#connected();
    const statics = staticsOf(await control.ask('show protocols "zonecast_*"'));
    const names = statics.map(({ name }) => name).join(" ");
    if (this.#looks++ % THOROUGH === 0) {
      await this.#readHolders(control, statics, names);
      this.#heard = await heardFrom(control, prefixes);
    }
    const on = new Set(statics.filter(({ on }) => on).map(({ name }) => name));
    return {
      held: this.#holders.filter(({ name }) => on.has(name)),
      heard: this.#heard,
      lacks: [
        ...this.#wrong,
        ...lacking(
          prefixes.map(({ text }) => text),
          this.#holders,
        ),
      ],
    };
  }

  async change(steps: readonly Step[]): Promise<readonly string[]> {
    const control = await this.#connected();
    const troubles = new Map<string, string>();
    for (const step of steps) {
      // The old level stays when the new one can't be had.
      if (troubles.has(step.prefix)) continue;
      const trouble = await this.#take(control, step);
      if (trouble !== undefined) troubles.set(step.prefix, trouble);
    }
    return [...troubles.values()];
  }

  end(): void {
    this.#control?.end();
    this.#control = undefined;
  }

  async #take(control: BirdControl, step: Step): Promise<string | undefined> {
    const holders = this.#holders.filter(({ prefix, level }) => prefix === step.prefix && level === step.level);
    if (holders.length === 0) return step.on ? noHolder(step) : undefined;
    const replies = await Promise.all(
      holders.map(({ name }) => control.ask(`${step.on ? "enable" : "disable"} "${name}"`)),
    );
    const refused = replies.find(failed);
    if (refused === undefined) return undefined;
    // bird.conf is another one than a moment ago: the next look reads it anew.
    this.#forget();
    return refused.code === Code.NO_SUCH_PROTOCOL ? noHolder(step) : whyRefused(this.name, refused);
  }

  async #connected(): Promise<BirdControl> {
    this.#control ??= await connectBird(this.name, (trouble) => {
      this.#lost();
      this.#gone(trouble);
    });
    return this.#control;
  }

  #lost(): void {
    this.#control = undefined;
    this.#heard = new Map();
    this.#forget();
  }

  #forget(): void {
    this.#looks = 0;
    this.#configured = undefined;
  }

  async #readHolders(control: BirdControl, statics: readonly Static[], names: string): Promise<void> {
    const status = said(await control.ask("show status"));
    const configured = `${/Last reconfiguration on [^;]*/.exec(status)?.[0]} ${names}`;
    if (configured === this.#configured) return;
    const read = await Promise.all(
      statics.map(async ({ name, level }) => ({
        name,
        level,
        ...prefixOf(name, await control.ask(`show static ${name}`)),
      })),
    );
    this.#holders = read.flatMap((one) => ("prefix" in one ? [one] : []));
    this.#wrong = read.flatMap((one) => ("wrong" in one ? [one.wrong] : []));
    this.#configured = configured;
  }
}

async function heardFrom(control: BirdControl, prefixes: readonly Prefix[]): Promise<Map<string, boolean>> {
  const [told, ...routes] = await Promise.all(
    ["show protocols all", ...prefixes.map(({ text }) => `show route ${text} all`)].map((command) =>
      control.ask(command),
    ),
  );
  return heardOf(prefixes, routes, toldFamilies(told));
}

function whyRefused(path: string, reply: Reply): string {
  if (reply.code === Code.RESTRICTED) {
    return `${path} may only look (8007): name a control socket of BIRD that is not restricted in anycast.bird.socket`;
  }
  return `BIRD refuses on ${path}: ${said(reply)}`;
}
