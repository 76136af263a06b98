/**
 * Mirrors of a store's streams on a leaf node, so that the POPs of a far region read from near by, and go on reading while
 * the hub is out of reach. A mirror has the sequences of its origin, and keeps in its description when that was made.
 */

import { natsPlace } from "./natsaccess.ts";
import { ApiError, natsError, STREAM_NOT_FOUND } from "./natserror.ts";
import { Link, pause, readAnswer } from "./natslink.ts";
import { originOf, originText, readMessage, type StreamInfo, streamState } from "./natsmessage.ts";
import { MIRRORED, mirrorPrefix, ORDERED, ZONES } from "./natssubjects.ts";
import type { StoreAccess } from "./open.ts";
import { StoreError } from "./store.ts";

/** What mirrors are made with. `domain`: the hub's JetStream domain. `replicas`: copies, in a cluster of leaf nodes. */
export interface MirrorPlan {
  readonly domain: string;
  readonly replicas: number;
}

/** Milliseconds in which a mirror must hear from its origin or get on, that it is watched at most, and between two looks. */
const STILL = 15_000;
const WATCHED = 30_000;
const LOOK = 100;

/** Streams whose messages were put expecting another to be the last one of its subject. */
const EXPECTING: readonly string[] = [ZONES, ORDERED];

/** The first version of nats-server whose mirrors take everything, and the one to have. */
const SOUND: readonly number[] = [2, 11, 5];
const ADVISED = "2.12.7";

/**
 * Makes mirrors on a leaf node of the store in the hub's domain, or brings those that are there up to it. One whose
 * origin is not what it was, because the hub was made anew or restored from a backup, is made anew: a mirror never goes
 * back by itself. `still`: milliseconds that one may stand still. Rejects with StoreError.
 */
export async function initMirror(
  where: string,
  access: StoreAccess,
  plan: MirrorPlan,
  still: number = STILL,
): Promise<void> {
  const link = new Link(natsPlace(where, access));
  try {
    const info = (await link.ready()).info as ServerInfo | undefined;
    const own = info?.domain;
    if (own === plan.domain)
      throw new StoreError("broken", `${link.where} is in domain ${own} itself: name a leaf node`);
    const mirrors = new Mirrors(link, plan, own ?? "", info?.version ?? "");
    for (const stream of MIRRORED) await mirrors.bringUp(stream);
    for (const stream of MIRRORED) await mirrors.getsOn(stream, still);
  } catch (error) {
    throw natsError(link.where, error);
  } finally {
    await link.close();
  }
}

/** What a server says of itself to who connects. */
interface ServerInfo {
  readonly domain?: string;
  readonly version?: string;
}

class Mirrors {
  readonly #link: Link;
  readonly #plan: MirrorPlan;
  /** The leaf node's domain, and the version of its server. */
  readonly #own: string;
  readonly #version: string;

  constructor(link: Link, plan: MirrorPlan, own: string, version: string) {
    this.#link = link;
    this.#plan = plan;
    this.#own = own;
    this.#version = version;
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
    this.#holdVersion(stream, origin);
    if (before !== undefined) await this.#link.api(`STREAM.DELETE.${stream}`);
    await this.#link.api(`STREAM.CREATE.${stream}`, config);
  }

  /**
   * Waits until a mirror has all that its origin has, as long as it gets on. That it hears of it tells that the leaf node
   * has the rights it needs.
   */
  async getsOn(stream: string, still: number): Promise<void> {
    const until = performance.now() + WATCHED;
    let last = -1;
    let since = 0;
    for (;;) {
      const state = await streamState(this.#link, stream);
      const now = performance.now();
      if (!state.catchingUp || now > until) return;
      if (state.last !== last) [last, since] = [state.last, now];
      if (now - since > still) throw state.cutOff ? this.#unheard() : this.#stuck(stream);
      await pause(LOOK);
    }
  }

  /**
   * Servers before 2.11.5 hold a message of a mirror to the sequence that was expected when it was put into the origin. When
   * the origin keeps that one no more the mirror stops there for good (nats-server issue 5865; measured with 2.9.10).
   */
  #holdVersion(stream: string, { state }: StreamInfo): void {
    if (!EXPECTING.includes(stream) || state.messages >= state.last_seq || !isBefore(this.#version, SOUND)) return;
    const text = `${this.#link.where} runs nats-server ${this.#version}, which can't mirror a store whose old history has gone: upgrade it to ${ADVISED}, or at least to ${SOUND.join(".")}`;
    throw new StoreError("broken", text);
  }

  #unheard(): StoreError {
    const text = `the mirrors at ${this.#link.where} are made, but hear nothing from domain ${this.#plan.domain}: look at the leaf node's user in users.conf there`;
    return new StoreError("lost", text);
  }

  #stuck(stream: string): StoreError {
    const what = isBefore(this.#version, SOUND)
      ? `nats-server ${this.#version} does that before ${SOUND.join(".")}: upgrade it to ${ADVISED}`
      : "look at the log of its nats-server";
    const text = `the mirror ${stream} at ${this.#link.where} is behind domain ${this.#plan.domain} and gets no further: ${what}`;
    return new StoreError("broken", text);
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

/** Whether a version such as "2.9.10" is before another; one that can't be read is not. */
function isBefore(version: string, other: readonly number[]): boolean {
  const numbers = version.split(/[.-]/).map(Number);
  const differs = other.findIndex((number, i) => numbers[i] !== number);
  return differs >= 0 && numbers[differs] < other[differs];
}
