/** What tests of the store in NATS share: a server, stores and connections over it, and one who listens. */

import { openNats } from "../../../src/sync/store/nats.ts";
import { natsPlace } from "../../../src/sync/store/natsaccess.ts";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import { Link } from "../../../src/sync/store/natslink.ts";
import type { StoreAccess } from "../../../src/sync/store/open.ts";
import type { Cursor, Entry, Store, StoreEvent } from "../../../src/sync/store/store.ts";
import { type NatsOptions, NatsServer } from "./natsserver.ts";

export const PLAN = { history: 10, trust: [], replicas: 1 } as const;

/** Access without a credential, as a verb has it. */
export function verb(more: Partial<StoreAccess> = {}): StoreAccess {
  const tls = { ca: undefined, cert: undefined, key: undefined };
  return { credentials: undefined, tls, pop: undefined, patience: "verb", ...more };
}

export function pop(name: string, more: Partial<StoreAccess> = {}): StoreAccess {
  return verb({ pop: name, patience: "pop", ...more });
}

/** Things of one test, undone at its end. */
export class Fixture {
  readonly #undo: (() => Promise<unknown> | unknown)[] = [];

  /** Runs a test with a fixture of its own. */
  static async run(test: (fixture: Fixture) => Promise<void>): Promise<void> {
    const fixture = new Fixture();
    try {
      await test(fixture);
    } finally {
      await fixture.end();
    }
  }

  async end(): Promise<void> {
    for (const undo of this.#undo.toReversed()) await undo();
  }

  atEnd(undo: () => Promise<unknown> | unknown): void {
    this.#undo.push(undo);
  }

  async server(options: NatsOptions = {}): Promise<NatsServer> {
    const server = await NatsServer.start(options);
    this.atEnd(() => server.remove());
    return server;
  }

  /** A server with a store on it. */
  async serverWithStore(options: NatsOptions = {}): Promise<NatsServer> {
    const server = await this.server(options);
    await initNats(server.url, verb(), PLAN);
    return server;
  }

  async open(url: string, access: StoreAccess = verb()): Promise<Store> {
    const store = await openNats(url, access);
    this.atEnd(() => store.close());
    return store;
  }

  link(url: string, access: StoreAccess = verb()): Link {
    const link = new Link(natsPlace(url, access));
    this.atEnd(() => link.close());
    return link;
  }

  listen(events: AsyncIterable<StoreEvent>, stop: AbortController): Listener {
    const listener = new Listener(events);
    this.atEnd(() => {
      stop.abort();
      return listener.ended;
    });
    return listener;
  }

  watch(store: Store, cursor?: Parameters<Store["watch"]>[0]): Listener {
    const stop = new AbortController();
    return this.listen(store.watch(cursor, stop.signal), stop);
  }
}

/** Keeps what a watcher was told. */
export class Listener {
  readonly events: StoreEvent[] = [];
  readonly ended: Promise<void>;

  constructor(events: AsyncIterable<StoreEvent>) {
    this.ended = (async () => {
      for await (const event of events) this.events.push(event);
    })();
  }

  /** The last text told of each zone. */
  get heads(): Record<string, string> {
    return Object.fromEntries(this.entries().map(({ zone, octets }) => [zone, Buffer.from(octets).toString()]));
  }

  /** How far it has come. */
  get last(): Cursor | undefined {
    return this.events.flatMap((event) => ("cursor" in event ? [event.cursor] : [])).at(-1);
  }

  get said(): string[] {
    return this.events.map(({ say }) => say);
  }

  entries(): Entry[] {
    return this.events.flatMap((event) => (event.say === "entries" ? event.entries : []));
  }

  async until(condition: (listener: Listener) => boolean): Promise<void> {
    await eventually(
      () => condition(this),
      () => JSON.stringify(this.said),
    );
  }
}

export function put(
  zone: string,
  text: string,
  expected: number,
): { zone: string; octets: Uint8Array; expected: number } {
  return { zone, octets: Buffer.from(text), expected };
}

export async function textOf(store: Store, zone: string): Promise<string | undefined> {
  const head = await store.head(zone);
  return head === undefined ? undefined : Buffer.from(head.octets).toString();
}

/** Waits for a condition, 30 s at most. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: () => string = () => "",
): Promise<void> {
  const until = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`it did not come to that: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
