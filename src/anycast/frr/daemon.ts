/** FRR, told by "network PREFIX route-map ZONECAST-LEVEL" and "no network PREFIX" in vtysh. */

import type { Prefix } from "../../text/prefix.ts";
import type { Daemon, Held, Seen, Step } from "../lease/daemon.ts";
import { jsonAnswers, pathsOf, someEstablished } from "./answers.ts";
import { MAPS, type Running, runningFrom } from "./running.ts";
import { NO_BGP, runVtysh } from "./vtysh.ts";

/** FRR behind this command: vtysh, and its first arguments. */
export function frrDaemon(vtysh: readonly string[]): Daemon {
  return new FrrDaemon(vtysh);
}

/** Takes back all that is ours; for whoever outlives the server. Throws DaemonTrouble. */
export async function withdrawFromFrr(vtysh: readonly string[]): Promise<void> {
  const { held } = runningFrom(await runVtysh(vtysh, ["show running-config"]), new Set());
  if (held.length > 0) await runVtysh(vtysh, commandsOf(held.map((one) => ({ ...one, on: false }))));
}

/** The commands for these steps. A prefix has one level at a time: a new one takes the old one's place, without a withdrawal. */
export function commandsOf(steps: readonly Step[]): string[] {
  const on = new Set(steps.filter((step) => step.on).map(({ prefix }) => prefix));
  const needed = steps.filter((step) => step.on || !on.has(step.prefix));
  const families = [...new Set(needed.map(({ prefix }) => familyOf(prefix)))];
  const inner = families.flatMap((family) => [
    `address-family ipv${family} unicast`,
    ...needed.filter(({ prefix }) => familyOf(prefix) === family).map(commandOf),
    "exit-address-family",
  ]);
  return ["configure terminal", "router bgp", ...inner, "end"];
}

function commandOf({ prefix, level, on }: Step): string {
  return on ? `network ${prefix} route-map ${MAPS[level]}` : `no network ${prefix}`;
}

function familyOf(prefix: string): 4 | 6 {
  return prefix.includes(":") ? 6 : 4;
}

class FrrDaemon implements Daemon {
  readonly name: string;
  readonly #vtysh: readonly string[];
  #running: Running | undefined;

  constructor(vtysh: readonly string[]) {
    this.name = vtysh[0];
    this.#vtysh = vtysh;
  }

  // Each call is a process of its own: there is no connection that could go.
  onGone(): void {}

  end(): void {}

  async look(prefixes: readonly Prefix[]): Promise<Seen> {
    const questions = prefixes.map(({ text, family }) => `show bgp ipv${family} unicast ${text} json`);
    const summaries = ["show bgp ipv4 unicast summary json", "show bgp ipv6 unicast summary json"];
    const text = await runVtysh(this.#vtysh, ["show running-config", ...questions, ...summaries]);
    const running = runningFrom(text, new Set(prefixes.map((prefix) => prefix.text)));
    this.#running = running;
    const answers = jsonAnswers(text);
    const paths = prefixes.map((prefix, i) => ({ prefix, ...pathsOf(answers[i]) }));
    const established = { 4: someEstablished(answers.at(-2)), 6: someEstablished(answers.at(-1)) };
    const heard = paths.flatMap(({ prefix: { text, family }, foreign }): [string, boolean][] =>
      foreign || (running.told.has(family) && established[family]) ? [[text, foreign]] : [],
    );
    const invalid = paths.filter(({ prefix, own }) => own === "invalid" && isHeld(prefix, running.held));
    return {
      held: running.held,
      heard: new Map(heard),
      lacks: [
        ...(running.bgp ? [] : [NO_BGP]),
        ...invalid.map(({ prefix }) => noRoute(prefix.text)),
        ...noMaps(running),
      ],
    };
  }

  async change(steps: readonly Step[]): Promise<readonly string[]> {
    // Without its route map a prefix would be announced with other attributes, or not at all: the old level stays.
    const lame = steps.filter(({ on, level }) => on && this.#running?.levels.has(level) === false);
    const kept = new Set(lame.map(({ prefix }) => prefix));
    const taken = steps.filter(({ prefix }) => !kept.has(prefix));
    if (taken.length > 0) await runVtysh(this.#vtysh, commandsOf(taken));
    return lame.map(({ level }) => noMap(level));
  }
}

function isHeld(prefix: Prefix, held: readonly Held[]): boolean {
  return held.some((one) => one.prefix === prefix.text);
}

function noMaps({ levels }: Running): string[] {
  return (Object.keys(MAPS) as (keyof typeof MAPS)[]).filter((level) => !levels.has(level)).map(noMap);
}

function noMap(level: keyof typeof MAPS): string {
  return `FRR has no route map ${MAPS[level]}: add to frr.conf: route-map ${MAPS[level]} permit 10`;
}

function noRoute(prefix: string): string {
  return `FRR has no route to ${prefix}, and so does not announce it: add no bgp network import-check under router bgp in frr.conf`;
}
