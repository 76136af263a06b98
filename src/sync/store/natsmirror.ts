/**
 * Mirrors of a store's streams on a leaf node, so that the POPs of a far region read from near by, and go on reading while
 * the hub is out of reach. A mirror has the sequences of its origin, and keeps in its description when that was made.
 */

import { natsPlace } from "./natsaccess.ts";
import { ApiError, natsError, STREAM_NOT_FOUND } from "./natserror.ts";
import { Link, pause, readAnswer } from "./natslink.ts";
import { originOf, originText, readMessage, type StreamInfo, streamState } from "./natsmessage.ts";
import { MIRRORED, mirrorPrefix } from "./natssubjects.ts";
import type { StoreAccess } from "./open.ts";
import { StoreError } from "./store.ts";

/** What mirrors are made with. `domain`: the hub's JetStream domain. `replicas`: copies, in a cluster of leaf nodes. */
export interface MirrorPlan {
  readonly domain: string;
  readonly replicas: number;
}

/** Milliseconds in which a new mirror must have heard from its origin, and between two looks at it. */
const HEARD_WITHIN = 10_000;
const LOOK = 100;

/**
 * Makes mirrors on a leaf node of the store in the hub's domain, or brings those that are there up to it. One whose
 * origin is not what it was, because the hub was made anew or restored from a backup, is made anew: a mirror never goes
 * back by itself. Rejects with StoreError.
 */
export async function initMirror(where: string, access: StoreAccess, plan: MirrorPlan): Promise<void> {
  const link = new Link(natsPlace(where, access));
  try {
    const { info } = await link.ready();
    const own = (info as { readonly domain?: string } | undefined)?.domain;
    if (own === plan.domain)
      throw new StoreError("broken", `${link.where} is in domain ${own} itself: name a leaf node`);
    const mirrors = new Mirrors(link, plan, own ?? "");
    for (const stream of MIRRORED) await mirrors.bringUp(stream);
    for (const stream of MIRRORED) await mirrors.heard(stream);
  } catch (error) {
    throw natsError(link.where, error);
  } finally {
    await link.close();
  }
}

class Mirrors {
  readonly #link: Link;
  readonly #plan: MirrorPlan;
  readonly #own: string;

  constructor(link: Link, plan: MirrorPlan, own: string) {
    this.#link = link;
    this.#plan = plan;
    this.#own = own;
  }

  async bringUp(stream: string): Promise<void> {
    const origin = await this.#origin<StreamInfo>(`STREAM.INFO.${stream}`);
    const config = this.#configOf(stream, origin);
    const before = await this.#mirror(stream);
    if (before !== undefined && before.config.mirror === undefined) {
      const text = `${this.#link.where} has a store of its own, which mirrors would take the place of: take its streams away first`;
      throw new StoreError("broken", text);
    }
    if (before !== undefined && (await this.#isOf(before, origin))) {
      await this.#link.api(`STREAM.UPDATE.${stream}`, { ...before.config, ...config });
      return;
    }
    if (before !== undefined) await this.#link.api(`STREAM.DELETE.${stream}`);
    await this.#link.api(`STREAM.CREATE.${stream}`, config);
  }

  /** Waits until a mirror has heard from its origin, which tells that the leaf node has the rights it needs. */
  async heard(stream: string): Promise<void> {
    const until = performance.now() + HEARD_WITHIN;
    while ((await streamState(this.#link, stream)).cutOff) {
      if (performance.now() > until) {
        const text = `the mirrors at ${this.#link.where} are made, but hear nothing from domain ${this.#plan.domain}: look at the leaf node's user in users.conf there`;
        throw new StoreError("lost", text);
      }
      await pause(LOOK);
    }
  }

  /** Without allow_rollup_hdrs and max_msgs_per_subject a mirror drops messages without a word (measured with 2.9.10). */
  #configOf(name: string, { config, created }: StreamInfo): object {
    const { domain, replicas } = this.#plan;
    const external = { api: `$JS.${domain}.API`, deliver: mirrorPrefix(this.#own) };
    return {
      name,
      description: originText(originOf(config) ?? created),
      retention: "limits",
      storage: "file",
      max_msgs_per_subject: config.max_msgs_per_subject,
      discard: config.discard,
      deny_delete: config.deny_delete,
      num_replicas: replicas,
      allow_direct: true,
      mirror_direct: true,
      allow_rollup_hdrs: true,
      mirror: { name, external },
    };
  }

  /** True for a mirror of just that origin. Its last message tells whether the origin was put back to an older copy. */
  async #isOf({ config, state }: StreamInfo, origin: StreamInfo): Promise<boolean> {
    if (originOf(config) !== (originOf(origin.config) ?? origin.created)) return false;
    if (state.last_seq === 0) return true;
    if (state.last_seq > origin.state.last_seq) return false;
    const seq = state.last_seq;
    const mine = await readMessage(this.#link, config.name, { seq });
    const its = await this.#originAt(config.name, seq);
    return mine === undefined || its === undefined || mine.at === Math.floor(Date.parse(its));
  }

  async #mirror(stream: string): Promise<StreamInfo | undefined> {
    return found(() => this.#link.api<StreamInfo>(`STREAM.INFO.${stream}`));
  }

  /** When the origin's message with a sequence was stored; undefined when it is not kept. */
  async #originAt(stream: string, seq: number): Promise<string | undefined> {
    const read = () => this.#origin<{ message: { time: string } }>(`STREAM.MSG.GET.${stream}`, { seq });
    return (await found(read))?.message.time;
  }

  /** Asks the API of the hub's domain. */
  async #origin<T>(name: string, body: object = {}): Promise<T> {
    const { domain } = this.#plan;
    const subject = `$JS.${domain}.API.${name}`;
    const payload = Buffer.from(JSON.stringify(body));
    try {
      return await this.#link.persist(async (left) => {
        return readAnswer<T>((await this.#link.request(subject, payload, undefined, left)).data);
      });
    } catch (error) {
      if (error instanceof ApiError && error.code === STREAM_NOT_FOUND) {
        const text = `there is no store in domain ${domain}: make it with zonecast store init at the hub first`;
        throw new StoreError("missing", text);
      }
      if (!(error instanceof StoreError) || error.kind === "denied") throw error;
      const text = `${this.#link.where} does not reach domain ${domain}: look at the hub, at leafnodes { remotes } of this server, and at the domain's name`;
      throw new StoreError("lost", text);
    }
  }
}

async function found<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
