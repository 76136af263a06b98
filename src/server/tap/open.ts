/** Opens what is tapped: the query log, dnstap, and the prefixes of clients; each where the configuration wants it. */

import type { TapChoice } from "../../answer/tapchoice.ts";
import type { TapOutput } from "../../answer/tapped.ts";
import { Output, Ring, ringMemory } from "../../answer/tapring.ts";
import type { Config } from "../../config/schema.ts";
import type { TapFilter } from "../../config/tap.ts";
import { CLIENTS_MOST, type ClientShare } from "../../sync/vitals.ts";
import { TAP_COUNTS_BYTES, TapCount } from "../../tap/backlog.ts";
import type { TapSource } from "../../tap/dnstap.ts";
import { Rcode } from "../../wire/header.ts";
import type { Tell } from "../log.ts";
import { tlsAddresses } from "../tls/addresses.ts";
import { TappedClients } from "./clients.ts";
import type { TapOutputName } from "./messages.ts";
import type { TapSetup } from "./setup.ts";
import { TapWriter } from "./writer.ts";

/** Octets of a thread's ring of exchanges, and of its ring of clients. */
const RING_OCTETS = 1 << 20;
const CLIENTS_OCTETS = 1 << 16;
/** One in so many queries is looked at for its client, where that is for the server to decide. */
const SAMPLE = 64;

/** What has become of an output's records. */
export interface TapCounts {
  readonly output: TapOutputName;
  readonly lines: number;
  /** ring: the writer was late; full: too much waited for a disk or reader; lost: given to a reader that then went. */
  readonly dropped: { readonly ring: number; readonly full: number; readonly lost: number };
}

export interface Tap {
  /** For each answering thread that starts: what it copies. */
  setup(): TapSetup | undefined;
  /** The busiest prefixes, the first one first; none where nobody samples them. */
  clients(): ClientShare[];
  counts(): TapCounts[];
  /** Once nobody answers any more. False when the system still holds a write: the process would not end. */
  close(): Promise<boolean>;
}

/** `watched`: somebody may see whose queries come, by an admin server or a store. */
export function openTap(config: Config, named: TapSource, watched: boolean, tell: Tell): Tap {
  const source = { ...named, listen: [...named.listen, ...tlsAddresses(config.tls, named.listen)] };
  const outputs = outputsOf(config);
  const sample = config.catchment === "auto" ? (watched ? SAMPLE : 0) : config.catchment;
  const clients = sample > 0 ? new TappedClients(source.listen, () => performance.now()) : undefined;
  const counts = {
    querylog: new SharedArrayBuffer(TAP_COUNTS_BYTES),
    dnstap: new SharedArrayBuffer(TAP_COUNTS_BYTES),
  };
  const querylog = config.querylog.sample > 0 ? config.querylog.to : undefined;
  const dnstap = config.dnstap.sample > 0 ? config.dnstap.socket : undefined;
  const writer = outputs.length > 0 ? new TapWriter({ source, querylog, dnstap, counts }, tell) : undefined;
  const rings: SharedArrayBuffer[] = [];
  return {
    setup: () => {
      if (writer === undefined && clients === undefined) return undefined;
      const ring = writer && ringMemory(RING_OCTETS);
      if (ring) {
        rings.push(ring);
        writer?.read(ring);
      }
      const shares = clients && ringMemory(CLIENTS_OCTETS);
      if (shares) clients.read(shares);
      return {
        ...(ring === undefined ? {} : { exchanges: { ring, outputs } }),
        ...(shares === undefined ? {} : { clients: { ring: shares, sample } }),
      };
    },
    clients: () => clients?.top(CLIENTS_MOST) ?? [],
    counts: () => outputs.map(({ output }) => countsOf(output, counts, rings)),
    close: async () => {
      clients?.stop();
      return (await writer?.close()) ?? true;
    },
  };
}

function outputsOf({ querylog, dnstap }: Config): TapOutput[] {
  const all: TapOutput[] = [];
  if (querylog.sample > 0) all.push({ output: Output.QUERYLOG, choice: choiceOf(querylog) });
  if (dnstap.sample > 0 && dnstap.socket !== undefined) {
    all.push({ output: Output.DNSTAP, choice: choiceOf(dnstap) });
  }
  return all;
}

function choiceOf({ sample, zones, clients, rcodes }: TapFilter): TapChoice {
  return {
    sample,
    zones: zones.filter((zone) => zone !== undefined),
    clients: clients.filter((prefix) => prefix !== undefined).map(({ octets, length }) => ({ octets, length })),
    rcodes: rcodes.map((name) => Rcode[name]),
  };
}

function countsOf(
  output: number,
  counts: Readonly<Record<TapOutputName, SharedArrayBuffer>>,
  rings: readonly SharedArrayBuffer[],
): TapCounts {
  const name = output === Output.QUERYLOG ? "querylog" : "dnstap";
  const cells = new Float64Array(counts[name]);
  let ring = 0;
  for (const memory of rings) {
    const dropped = new Uint32Array(memory).subarray(Ring.DROPPED);
    // One that was for both outputs is missing in both.
    ring += dropped[output] + dropped[Output.QUERYLOG | Output.DNSTAP];
  }
  return {
    output: name,
    lines: cells[TapCount.WRITTEN],
    dropped: { ring, full: cells[TapCount.FULL], lost: cells[TapCount.LOST] },
  };
}
