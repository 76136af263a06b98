/** zonecast whoami: who answers at an anycast address, seen from here, and whether all of the answers agree. */

import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { type Listen, listenFromText, listenToText } from "../text/listen.ts";
import { errorCode } from "../text/systemerror.ts";
import { Exit } from "./failure.ts";
import { parseFlags, UsageError, type Verb } from "./flags.ts";
import { paint, type Sheet, type Word as Shown, sheetOf, table } from "./table.ts";
import { askWho, type Word } from "./whoasked.ts";
import { zoneNamed } from "./zonename.ts";

const PORT = 53;
const TIMES = 3;
const TIMES_MOST = 1000;
const TIMEOUT_S = 2;
const TIMEOUT_MOST_S = 60;

const flags = {
  zone: { value: "NAME", help: "Ask for this zone's SOA and version, too. Without it, only for who answers." },
  port: { value: "N", help: `The port, where none stands with an address. Default ${PORT}.` },
  times: { value: "N", help: `How often each is asked, from other ports each time. Default ${TIMES}.` },
  timeout: { value: "SECONDS", help: `How long to wait for an answer. Default ${TIMEOUT_S}.` },
  json: { help: "Print one JSON document: { same, differences, answers }." },
} as const;

export const whoamiVerb: Verb<typeof flags> = {
  name: "whoami",
  about: [
    "Ask addresses from here who answers: id.server (RFC 4892) and NSID (RFC 5001), and with --zone the zone's version",
    "(ZONEVERSION, RFC 9660) and SOA serial, over UDP and TCP. For a name, all of its addresses, IPv4 and IPv6.",
    "Ends with 0 when all say the same, with 1 when POP or version differ or something does not answer.",
  ].join("\n"),
  rest: "@ADDR[#PORT] | ADDR@PORT | NAME ...",
  flags,
};

/** Runs the verb; the exit code. */
export async function runWhoami(args: readonly string[]): Promise<number> {
  const { flags: given, rest } = parseFlags(whoamiVerb, args);
  if (rest.length === 0) throw new UsageError("whom? Name an address, such as @198.51.100.53, or a name server");
  const port = numberOf("--port", given.port ?? String(PORT), 65_535);
  const times = numberOf("--times", given.times ?? String(TIMES), TIMES_MOST);
  const zone = given.zone === undefined ? undefined : zoneNamed(given.zone);
  const targets = await Promise.all(rest.map((text) => addressesOf(text, port)));
  const unknown = targets.flatMap(({ why }) => why ?? []);
  const all = new Map(targets.flatMap(({ addresses }) => addresses).map((one) => [listenToText(one), one]));
  const answers = await askWho({ addresses: [...all.values()], zone, times, timeout: timeoutOf(given.timeout) });
  const differences = [...unknown, ...differencesOf(answers)];
  const same = differences.length === 0;
  if (given.json === true) process.stdout.write(`${JSON.stringify({ same, differences, answers }, null, 2)}\n`);
  else show(answers, differences, sheetOf(process.stdout, process.env));
  return same ? Exit.DONE : Exit.REFUSED;
}

interface Target {
  readonly addresses: readonly Listen[];
  /** Why there are none. */
  readonly why?: string;
}

/** "@ADDR", "@ADDR#PORT", "ADDR@PORT", an address, or a name. Rejects with UsageError. */
async function addressesOf(text: string, fallback: number): Promise<Target> {
  const bare = text.replace(/^@/, "");
  const { host = "", port } = /^(?<host>.*?)(?:[@#](?<port>\d+))?$/s.exec(bare)?.groups ?? {};
  const number = port === undefined ? fallback : numberOf(`the port in "${text}"`, port, 65_535);
  const address = listenFromText(`${host}@${number}`);
  if (address !== undefined) return { addresses: [address] };
  if (!/^[A-Za-z0-9_.-]+$/.test(host) || /^[\d.]+$/.test(host)) {
    throw new UsageError(
      `"${text}" is no address and no name: expected @198.51.100.53, @2001:db8::53#5300 or ns.example.com`,
    );
  }
  try {
    const found = await lookup(host, { all: true });
    return { addresses: found.map((one) => ({ address: one.address, port: number })) };
  } catch (error) {
    return { addresses: [], why: `${host} has no address here (${errorCode(error)})` };
  }
}

/** Who an answer is of: the names that it gives, which are one when all is well. */
function popsOf({ id, nsid }: Word): readonly string[] {
  return [...new Set([...(id === undefined ? [] : [id]), ...nsid])];
}

/** What is not as it should be, as sentences. */
function differencesOf(answers: readonly Word[]): string[] {
  const pops = [...new Set(answers.flatMap(popsOf))].sort();
  const serials = groupsOf(answers, ({ serial }) => serial);
  const versions = answers.filter(({ serial, zoneversion }) => zoneversion !== undefined && zoneversion !== serial);
  const silent = new Map<string, Word>();
  const refused = new Set(answers.flatMap((word) => word.refused.map((what) => `${placeOf(word)} says ${what}`)));
  for (const word of answers) if (word.silent !== undefined) silent.set(`${placeOf(word)}: ${word.silent}`, word);
  const nameless = answers.filter((word) => word.silent === undefined && popsOf(word).length === 0);
  return [
    ...(pops.length > 1
      ? [`the POPs differ: ${pops.map((pop) => `${pop} (${whereOf(answers, pop)})`).join(", ")}`]
      : []),
    ...(serials.size > 1
      ? [`the versions differ: ${[...serials].map(([serial, words]) => `${serial} (${namesOf(words)})`).join(", ")}`]
      : []),
    ...versions
      .slice(0, 1)
      .map((word) => `${placeOf(word)} gives serial ${word.serial} and ZONEVERSION ${word.zoneversion}`),
    ...(nameless.length > 0 && pops.length > 0 ? [`${placeOf(nameless[0] as Word)} does not say who it is`] : []),
    ...[...refused].filter((text) => !/ for id\.server\. TXT$/.test(text)),
    ...silent.keys(),
  ];
}

function groupsOf<T>(words: readonly Word[], key: (word: Word) => T | undefined): Map<T, Word[]> {
  const groups = new Map<T, Word[]>();
  for (const word of words) {
    const value = key(word);
    if (value !== undefined) groups.set(value, [...(groups.get(value) ?? []), word]);
  }
  return groups;
}

function namesOf(words: readonly Word[]): string {
  return [...new Set(words.flatMap((word) => popsOf(word).join("/") || placeOf(word)))].join(", ");
}

function whereOf(answers: readonly Word[], pop: string): string {
  const words = answers.filter((word) => popsOf(word).includes(pop));
  return [...new Set(words.map(placeOf))].join(", ");
}

function placeOf({ address, port, transport }: Word): string {
  return `${port === PORT ? address : listenToText({ address, port })}/${transport}`;
}

function show(answers: readonly Word[], differences: readonly string[], sheet: Sheet): void {
  const rows = rowsOf(answers);
  const lines = table([...(rows.length > 0 ? [HEAD] : []), ...rows], sheet);
  if (differences.length === 0) lines.push("", well(answers, sheet));
  else
    lines.push(
      "",
      ...table(
        differences.map((text) => [{ text, colour: "red" as const }]),
        { ...sheet, width: undefined },
      ),
    );
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

const HEAD: readonly Shown[] = ["ADDRESS", "OVER", "POP", "NSID", "SERIAL", "ZONEVERSION", "ANSWERS", "MS", ""].map(
  (text) => ({ text, colour: "dim" }),
);

/** A line for each address, transport and answer: the same answer again is counted. */
function rowsOf(answers: readonly Word[]): Shown[][] {
  const groups = groupsOf(answers, (word) => {
    const { id, nsid, serial, zoneversion, silent, refused } = word;
    return JSON.stringify([placeOf(word), id, nsid, serial, zoneversion, silent, refused]);
  });
  const sorted = [...groups.values()].sort(([a], [b]) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return sorted.map((words) => rowOf(words[0] as Word, words));
}

function keyOf(word: Word | undefined): string {
  return word === undefined ? "" : `${isIPv6(word.address) ? 6 : 4} ${placeOf(word)}`;
}

function rowOf(word: Word, words: readonly Word[]): Shown[] {
  const { address, port, transport, id, nsid, serial, zoneversion, silent, refused } = word;
  const fastest = Math.min(...words.map(({ ms }) => ms));
  return [
    { text: port === PORT ? address : listenToText({ address, port }) },
    { text: transport },
    { text: id ?? "-", colour: "bold" },
    { text: nsid.length === 0 ? "-" : nsid.join(", ") },
    { text: serial === undefined ? "" : String(serial) },
    { text: zoneversion === undefined ? "" : String(zoneversion) },
    { text: `${words.length}×` },
    { text: silent === undefined ? String(fastest) : "" },
    { text: [...(silent === undefined ? [] : [silent]), ...refused].join("; "), colour: "red" },
  ];
}

function well(answers: readonly Word[], { colours }: Sheet): string {
  const [pop = "a server without a name"] = answers.flatMap(popsOf);
  const serial = answers.find((word) => word.serial !== undefined)?.serial;
  const text = `all ${answers.length} answers are of ${pop}${serial === undefined ? "" : `, with serial ${serial}`}`;
  const [plain = ""] = table([[{ text }]], { width: undefined, colours: false });
  return colours ? paint("green", plain) : plain;
}

function numberOf(what: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
  throw new UsageError(`${what}: expected a whole number from 1 to ${most}, got "${text}"`);
}

/** Milliseconds. */
function timeoutOf(text: string | undefined): number {
  if (text === undefined) return TIMEOUT_S * 1000;
  const seconds = Number(text);
  if (text !== "" && seconds > 0 && seconds <= TIMEOUT_MOST_S) return seconds * 1000;
  throw new UsageError(`--timeout: expected seconds, more than 0 and at most ${TIMEOUT_MOST_S}, got "${text}"`);
}
