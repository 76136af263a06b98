/** One query and the answer being built for it. Made once for each thread, filled anew for each query. */

import { keyScratch, MAX_KEY } from "../wire/canonical.ts";
import { Edns } from "../wire/edns.ts";
import { Rcode } from "../wire/header.ts";
import { Name } from "../wire/name.ts";
import { Writer } from "../wire/writer.ts";
import { Search } from "../zone/find.ts";
import type { Zone } from "../zone/image.ts";
import { Nsec3Hash } from "../zone/nsec3hash.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Client } from "./client.ts";
import type { Counters } from "./counters.ts";
import { Once } from "./once.ts";
import type { AnswerSettings } from "./settings.ts";
import { NO_ROW, type ZoneCounts } from "./zonecounts.ts";

/** Aliases followed in one answer; after that the client asks on by itself. */
export const MOST_ALIASES = 16;

/** No label of a name: names have at most 127. */
export const NO_WILDCARD = 255;

const NOTHING: Uint8Array = new Uint8Array(0);

/** The client before the first one. */
const NOBODY: Client = { stream: false, encrypted: false, address: () => NOTHING, seconds: () => 0 };

export class Exchange {
  readonly catalogue: Catalogue;
  readonly settings: AnswerSettings;
  readonly counters: Counters;
  readonly zoneCounts: ZoneCounts;
  query: Uint8Array = NOTHING;
  /** Octets of the query. */
  length = 0;
  reply: Uint8Array = NOTHING;
  client: Client = NOBODY;
  /** Octets that the reply may take. */
  limit = 0;
  readonly writer: Writer = new Writer();
  readonly edns: Edns = new Edns();
  readonly search: Search = new Search();
  /** names[0] is the question's; each alias followed adds the next. */
  readonly names: readonly Name[] = Array.from({ length: MOST_ALIASES + 1 }, () => new Name());
  hop = 0;
  /** The name being looked for: names[hop]. */
  name: Name = this.names[0];
  /** Room for an owner that is not the name looked for. */
  readonly owner: Name = new Name();
  /** The name of the cut in a referral. */
  readonly cut: Name = new Name();
  readonly scratch: Uint8Array = new Uint8Array(512);
  /** For proofs: the canonical key of a name (with room for "*" after it), and NSEC3 hashes. */
  readonly key: Uint8Array = new Uint8Array(MAX_KEY + 2);
  readonly labelStarts: Uint16Array = keyScratch();
  readonly nsec3: Nsec3Hash = new Nsec3Hash();
  type = 0;
  zone: Zone | undefined;
  /** The zone's row of counts. */
  row: number = NO_ROW;
  /** The client wants DNSSEC records (RFC 4035 §3.1). */
  dnssec = false;
  /** The transport may truncate, and the client's address is unproven. */
  datagram = true;
  /** The client has shown a cookie that proves its address. */
  verified = false;
  /** The address is unproven, and the limit lower for it. */
  curbed = false;
  authoritative = false;
  truncated = false;
  rcode: number = Rcode.NOERROR;
  /** Extended error code, and text; -1 for none. */
  ede = -1;
  edeText: Uint8Array = NOTHING;

  /** For each hop, the label of the closest encloser whose wildcard answered; NO_WILDCARD when the name itself did. */
  readonly wildcard: Uint8Array = new Uint8Array(MOST_ALIASES + 1).fill(NO_WILDCARD);

  /** The label of the question's name at which a DNAME's owner begins, when one was followed; else NO_WILDCARD. */
  redirect: number = NO_WILDCARD;

  /** A name that some RDATA points at. */
  readonly target: Name = new Name();
  /** The RRset of the answer, whose targets' addresses are worth adding; 0 for none. */
  wanted = 0;
  /** Nodes whose denial records are in the message already. */
  readonly proven: Once = new Once();
  /** Nodes whose DNAME is in the message already. */
  readonly redirected: Once = new Once();

  constructor(catalogue: Catalogue, settings: AnswerSettings, counters: Counters, zoneCounts: ZoneCounts) {
    this.catalogue = catalogue;
    this.settings = settings;
    this.counters = counters;
    this.zoneCounts = zoneCounts;
  }

  /** Takes the next query, and forgets the last. */
  begin(query: Uint8Array, length: number, reply: Uint8Array, client: Client): void {
    this.query = query;
    this.length = length;
    this.reply = reply;
    this.client = client;
    this.datagram = !client.stream;
    this.edns.clear();
    this.wildcard[0] = NO_WILDCARD;
    this.redirect = NO_WILDCARD;
    this.verified = false;
    this.hop = 0;
    this.name = this.names[0];
    this.zone = undefined;
    this.row = NO_ROW;
    this.dnssec = false;
    this.curbed = false;
    this.authoritative = false;
    this.truncated = false;
    this.rcode = Rcode.NOERROR;
    this.ede = -1;
    this.edeText = NOTHING;
    this.wanted = 0;
    this.proven.clear();
    this.redirected.clear();
  }
}
