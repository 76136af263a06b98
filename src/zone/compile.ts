/** RRsets → the zone's image (see image.ts). The image depends on the zone's content alone, byte for byte. */

import { readU16, readU32 } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import { SHA1_LENGTH } from "../wire/sha1.ts";
import { aligned, Denial, FORMAT, LINKED, MAGIC, NSEC3_ENTRY, RRSET_HEADER, Word } from "./image.ts";
import { ImagePlan } from "./imageplan.ts";
import { LinkMaker } from "./linkmaker.ts";
import { OwnerFlag } from "./ownerflag.ts";
import { writeRows } from "./rows.ts";
import type { RrSets } from "./rrsets.ts";

/** Offsets in an image are numbers of 31 bits. */
const MOST_BYTES = 2 ** 31 - 4;

/** Compiles a zone that has passed its checks: it has one SOA. Throws RangeError when it is too large or memory is short. */
export function compile(sets: RrSets, maker: LinkMaker = new LinkMaker()): SharedArrayBuffer {
  const plan = new ImagePlan(sets, maker);
  if (plan.bytes > MOST_BYTES) throw new RangeError(`the zone's image takes ${plan.bytes} bytes, over ${MOST_BYTES}`);
  const writer = new Writer(sets, plan);
  writer.header();
  writer.nodes();
  writer.table();
  if (plan.denial === Denial.NSEC) writer.nsec();
  if (plan.denial === Denial.NSEC3) writer.nsec3();
  return writer.buffer;
}

class Writer {
  readonly buffer: SharedArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #sets: RrSets;
  readonly #plan: ImagePlan;

  constructor(sets: RrSets, plan: ImagePlan) {
    this.#sets = sets;
    this.#plan = plan;
    this.buffer = new SharedArrayBuffer(aligned(plan.bytes));
    this.#bytes = new Uint8Array(this.buffer);
    this.#words = new Uint32Array(this.buffer);
  }

  header(): void {
    const words = this.#words;
    const plan = this.#plan;
    const sets = this.#sets;
    words[Word.MAGIC] = MAGIC;
    words[Word.FORMAT] = FORMAT;
    words[Word.BYTES] = this.buffer.byteLength;
    words[Word.APEX] = plan.apex;
    words[Word.APEX_LENGTH] = sets.owners.apex.length;
    words[Word.DENIAL] = plan.denial;
    words[Word.SIGNED] = Number(plan.denial !== Denial.NONE || hasSignatures(sets));
    words[Word.TABLE] = plan.table;
    words[Word.TABLE_MASK] = plan.tableSize - 1;
    words[Word.NODES] = plan.nodes;
    words[Word.NODES_END] = plan.nodesEnd;
    words[Word.OWNERS] = sets.owners.count;
    words[Word.RRSETS] = sets.setCount;
    words[Word.RECORDS] = sets.records.count - sets.duplicates.length;
    this.#bytes.set(sets.owners.apex, plan.apex);
    this.#soa();
  }

  #soa(): void {
    const { records, order, first, ttl } = this.#sets;
    const set = this.#sets.find(0, RrType.SOA);
    const row = order[first[set]];
    const end = records.at[row] + records.length[row];
    this.#words[Word.SERIAL] = readU32(records.rdata, end - 20);
    this.#words[Word.NEGATIVE_TTL] = Math.min(ttl[set], readU32(records.rdata, end - 4));
  }

  nodes(): void {
    const { owners, firstSet, flags } = this.#sets;
    for (let owner = 0; owner < owners.count; owner++) {
      let at = this.#plan.node[owner];
      const length = owners.length[owner];
      const count = firstSet[owner + 1] - firstSet[owner];
      this.#words[at >>> 2] = length | (flags[owner] << 8) | (count << 16);
      at += 4;
      for (let i = 0; i < length; i++) this.#bytes[at + i] = owners.octets[owners.at[owner] + i];
      at += aligned(length);
      for (let set = firstSet[owner]; set < firstSet[owner + 1]; set++) at = this.#rrset(set, at);
    }
  }

  #rrset(set: number, at: number): number {
    const sets = this.#sets;
    const { first, count, signatures } = sets;
    const words = this.#words;
    const word = at >>> 2;
    const linked = this.#plan.links.has(set);
    let data = at + RRSET_HEADER;
    if (linked) data = this.#plan.links.take(words, data, this.#plan.node);
    const middle = first[set] + count[set];
    const type = sets.type[set];
    const ttl = sets.ttl[set];
    const signed = writeRows(sets, first[set], middle, type, ttl, this.#bytes, data);
    const end = writeRows(sets, middle, middle + signatures[set], RrType.RRSIG, ttl, this.#bytes, signed);
    words[word] = type | (count[set] << 16);
    words[word + 1] = (signed - data) | (linked ? LINKED : 0);
    words[word + 2] = (signatures[set] << 24) | (end - signed);
    return data + aligned(end - data);
  }

  table(): void {
    const { owners, flags } = this.#sets;
    const words = this.#words;
    const base = this.#plan.table >>> 2;
    const mask = this.#plan.tableSize - 1;
    for (let owner = 0; owner < owners.count; owner++) {
      if ((flags[owner] & OwnerFlag.HASHED) !== 0) continue;
      let slot = owners.hash[owner] & mask;
      while (words[base + slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
      words[base + slot * 2] = owners.hash[owner];
      words[base + slot * 2 + 1] = this.#plan.node[owner];
    }
  }

  /** A word for each node in order, then the entries: node, length of key, key. */
  nsec(): void {
    const { nsec, node, index } = this.#plan;
    const words = this.#words;
    words[Word.NSEC] = index;
    words[Word.NSEC_COUNT] = nsec.length;
    let at = index + nsec.length * 4;
    nsec.forEach(({ owner, key }, i) => {
      words[(index >>> 2) + i] = at;
      words[at >>> 2] = node[owner];
      this.#bytes[at + 4] = key.length & 0xff;
      this.#bytes[at + 5] = key.length >>> 8;
      this.#bytes.set(key, at + 6);
      at += aligned(6 + key.length);
    });
  }

  nsec3(): void {
    const { nsec3, node, index, params } = this.#plan;
    const words = this.#words;
    words[Word.NSEC3] = index;
    words[Word.NSEC3_COUNT] = nsec3.length;
    words[Word.NSEC3_ITERATIONS] = readU16(params, 2);
    nsec3.forEach(({ owner, key }, i) => {
      const at = index + i * NSEC3_ENTRY;
      this.#bytes.set(key, at);
      words[(at + SHA1_LENGTH) >>> 2] = node[owner];
    });
    const salt = index + nsec3.length * NSEC3_ENTRY;
    words[Word.NSEC3_SALT] = salt;
    words[Word.NSEC3_SALT_LENGTH] = params[4];
    this.#bytes.set(params.subarray(5, 5 + params[4]), salt);
  }
}

function hasSignatures({ signatures, setCount }: RrSets): boolean {
  for (let set = 0; set < setCount; set++) if (signatures[set] > 0) return true;
  return false;
}
