/**
 * A compiled zone on disk: eight words of head, an account of what the image was made from, and the image as it is in
 * memory, which is read in one go. The account is JSON: small, and people can look at it.
 */

import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { Window } from "../zone/checks/signature.ts";
import { FORMAT } from "../zone/image.ts";
import type { Problem } from "../zone/problem.ts";

/** "ZCIF", in the order of this machine's octets: a file from one of the other order is none of ours. */
const MAGIC = 0x4649435a;

/** Raise this when the head or the account changes its form. */
const LAYOUT = 1;

/** Index of each word of the head. */
const Word = {
  MAGIC: 0,
  LAYOUT: 1,
  FORMAT: 2,
  ACCOUNT: 3,
  IMAGE: 4,
  ACCOUNT_CRC: 5,
  IMAGE_CRC: 6,
  HEAD_CRC: 7,
} as const;

/** Octets of the head. */
export const HEAD = 32;

/** What an image was made from, by what, and what was said of it. */
export interface Account {
  /** Everything of the job: the same text is another zone under another name. */
  readonly job: string;
  /** The code that judged and compiled it (compilermark.ts). */
  readonly compiler: string;
  /** The zone's name in wire form, in hex. */
  readonly apex: string;
  /** The files it was made of, the zone file first, and the SHA-256 of each in hex. */
  readonly sources: readonly { readonly file: string; readonly digest: string }[];
  readonly holds: Window;
  readonly problems: readonly Problem[];
}

/** Why an image is not taken: the source or the code is another one now, or the file is not as it was written. */
export interface Refusal {
  readonly kind: "stale" | "damaged";
  readonly why: string;
}

/** Where things are in an image file. */
export interface Head {
  readonly accountBytes: number;
  readonly accountCrc: number;
  readonly imageBytes: number;
  readonly imageCrc: number;
}

/** The head and the account that go before an image. */
export function headOf(account: Account, image: Uint8Array): Uint8Array {
  const text = Buffer.from(JSON.stringify(account));
  const words = new Uint32Array(HEAD / 4);
  words[Word.MAGIC] = MAGIC;
  words[Word.LAYOUT] = LAYOUT;
  words[Word.FORMAT] = FORMAT;
  words[Word.ACCOUNT] = text.length;
  words[Word.IMAGE] = image.length;
  words[Word.ACCOUNT_CRC] = crc32(text);
  // Against accidents only: nobody else may write here. 7 ms for 48 MB, measured; SHA-256 takes 25.
  words[Word.IMAGE_CRC] = crc32(image);
  words[Word.HEAD_CRC] = crcOfHead(words);
  return Buffer.concat([new Uint8Array(words.buffer), text]);
}

/** Reads a head; `size` is the file's. */
export function readHead(octets: Uint8Array, size: number): Head | Refusal {
  if (octets.length < HEAD) return damaged("it is cut short");
  const words = new Uint32Array(octets.slice(0, HEAD).buffer);
  if (words[Word.MAGIC] !== MAGIC) return damaged("it is no image of ours");
  if (words[Word.HEAD_CRC] !== crcOfHead(words)) return damaged("its head has the wrong checksum");
  if (words[Word.LAYOUT] !== LAYOUT || words[Word.FORMAT] !== FORMAT) return stale("it has another version's form");
  const accountBytes = words[Word.ACCOUNT];
  const imageBytes = words[Word.IMAGE];
  if (HEAD + accountBytes + imageBytes !== size) return damaged(`it has ${size} octets, and its head says otherwise`);
  return { accountBytes, imageBytes, accountCrc: words[Word.ACCOUNT_CRC], imageCrc: words[Word.IMAGE_CRC] };
}

/** Reads the account that a head tells of. */
export function readAccount(octets: Uint8Array, head: Head): Account | Refusal {
  if (crc32(octets) !== head.accountCrc) return damaged("its account has the wrong checksum");
  return JSON.parse(Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString()) as Account;
}

export function damaged(why: string): Refusal {
  return { kind: "damaged", why };
}

export function stale(why: string): Refusal {
  return { kind: "stale", why };
}

function crcOfHead(words: Uint32Array): number {
  return crc32(new Uint8Array(words.buffer, 0, Word.HEAD_CRC * 4));
}
