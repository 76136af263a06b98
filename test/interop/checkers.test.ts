/** Our verdict on the sample zones, errors or none, is that of named-checkzone and of kzonecheck. */

import { execFile } from "node:child_process";
import { describe, expect, test } from "vitest";
import { NOW } from "../zone/loading.ts";
import { loadSample, pathOf, type Sample, samples } from "../zone/samples.ts";
import { available } from "./peers.ts";

/** Whether a zone has errors; a checker may also not live to tell. */
type Verdict = "errors" | "none" | "crash";

interface Difference {
  readonly folder: "broken" | "good";
  readonly file: string;
  readonly ours: Verdict;
  readonly bind: Verdict;
  readonly knot: Verdict;
  readonly why: string;
}

type Row = readonly [file: string, ours: Verdict, bind: Verdict, knot: Verdict, why: string];

const noGenerate = "Knot does not know $GENERATE, which is BIND's";
const fqdn = "Knot wants absolute names in directives; RFC 1035 §5.1 has relative ones completed by the origin";
const unchecked = "Knot takes RDATA in the form of RFC 3597 §5 unchecked; RFC 3597 §5: a known type has to be valid";
const chain =
  "RFC 4035 §2.3 and RFC 5155 §7.1 are a MUST: without the chain negative answers can't be proven; BIND does not look";
const referral =
  "RFC 2181 §10.3, RFC 1034 §4.2.1: the fault of one delegation, whose referral is answered as it stands. Knot's server loads it as well";
const time =
  "RFC 4034 §3.1.5: validators refuse it, all others are still answered; time alone must not take a zone away. Knot's server loads it as well";

const good: readonly Row[] = [
  [
    "byte-order-mark.zone",
    "none",
    "errors",
    "errors",
    "some editors write one; it can't be part of a name that was meant",
  ],
  [
    "class-number.zone",
    "none",
    "none",
    "errors",
    'RFC 3597 §5: "CLASS" and a number is a class; Knot does not know the form',
  ],
  [
    "crlf.zone",
    "none",
    "none",
    "errors",
    "RFC 1035 §5.1 does not say how a line ends; Knot asks for the CR to be removed",
  ],
  ["generate.zone", "none", "none", "errors", noGenerate],
  ["include-relative-origin.zone", "none", "none", "errors", fqdn],
  ["key-at-cname.zone", "none", "none", "errors", "RFC 4035 §2.5: a KEY is allowed beside a CNAME"],
  ["origin-relative.zone", "none", "none", "errors", fqdn],
  [
    "parentheses-anywhere.zone",
    "none",
    "none",
    "errors",
    "RFC 1035 §5.1: parentheses group data across lines, wherever they are; Knot wants blanks",
  ],
  [
    "quoted-owner.zone",
    "none",
    "none",
    "errors",
    "RFC 1035 §5.1 quotes character-strings; BIND and we take a quoted name as well",
  ],
  [
    "utf-8.zone",
    "none",
    "none",
    "errors",
    "RFC 2181 §11: any octets can be in a label; Knot wants those over 127 escaped",
  ],
];

const broken: readonly Row[] = [
  [
    "below-dname-at-apex.zone",
    "errors",
    "none",
    "errors",
    'RFC 6672 §2.4: data below a DNAME "MUST NOT" exist, a server may refuse it',
  ],
  [
    "below-dname.zone",
    "errors",
    "none",
    "errors",
    'RFC 6672 §2.4: data below a DNAME "MUST NOT" exist, a server may refuse it',
  ],
  ["delegation-to-cname.zone", "none", "none", "errors", referral],
  ["delegation-without-address.zone", "none", "none", "errors", referral],
  ["dname-beside-ns.zone", "errors", "none", "errors", "RFC 6672 §2.3: delegated or redirected? No answer is right"],
  ["escape-over-255.zone", "errors", "errors", "none", "RFC 1035 §5.1: \\DDD is an octet; Knot takes the rest of 256"],
  ["generate-out-of-zone.zone", "none", "none", "errors", noGenerate],
  ["glue-for-one-server.zone", "none", "none", "errors", referral],
  [
    "missing-glue.zone",
    "errors",
    "none",
    "errors",
    "RFC 1034 §4.2.1: every server is below the cut and none has glue: the referral is a dead end",
  ],
  ["no-ttl.zone", "errors", "errors", "none", "RFC 1035 §5.1 has no TTL to take; Knot takes 3600"],
  ["nsec-chain-open.zone", "errors", "none", "errors", chain],
  ["nsec-missing.zone", "errors", "none", "errors", chain],
  ["nsec-twice.zone", "errors", "none", "errors", chain],
  ["nsec3-chain-open.zone", "errors", "none", "errors", chain],
  [
    "nsec3-iterations-2501.zone",
    "errors",
    "none",
    "none",
    "RFC 5155 §10.3: MUST NOT; milliseconds for each negative answer would make a thread easy to keep busy",
  ],
  ["nsec3-missing-for-empty-non-terminal.zone", "errors", "none", "errors", chain],
  ["nsec3-missing.zone", "errors", "none", "errors", chain],
  [
    "nsec3-without-param.zone",
    "none",
    "none",
    "crash",
    "RFC 5155 §4: a zone on its way to or from NSEC3 looks like this; kzonecheck 3.2 ends with a segmentation fault",
  ],
  ["nsec3param-without-chain.zone", "errors", "none", "errors", chain],
  ["rdata-generic-a-length.zone", "errors", "errors", "none", unchecked],
  ["rdata-generic-name-cut.zone", "errors", "errors", "none", unchecked],
  ["rdata-sshfp-digest-length.zone", "errors", "errors", "none", "RFC 6594: SHA-256 has 32 octets"],
  [
    "rdata-tlsa-digest-length.zone",
    "errors",
    "none",
    "none",
    "RFC 6698 §2.1.3: SHA-256 has 32 octets, so no certificate can match: RDATA of the wrong length",
  ],
  [
    "rdata-txt-over-255.zone",
    "errors",
    "errors",
    "none",
    "RFC 1035 §3.3: a character-string has up to 255 octets; Knot splits it",
  ],
  ["rdata-zonemd-digest-length.zone", "errors", "errors", "none", "RFC 8976 §2.2.3: SHA-384 has 48 octets"],
  ["rrsig-expired.zone", "none", "none", "errors", time],
  ["rrsig-missing.zone", "none", "none", "errors", time],
  ["rrsig-not-yet.zone", "none", "none", "errors", time],
  [
    "soa-below-apex.zone",
    "errors",
    "errors",
    "none",
    "RFC 1035 §5.2: the SOA is at the top of the zone; Knot leaves the other one out",
  ],
  [
    "too-many-signatures.zone",
    "errors",
    "none",
    "errors",
    `no RRset has 255 signatures, and the image has no room for more; ${noGenerate}`,
  ],
  ["two-soas.zone", "errors", "errors", "none", "RFC 1035 §5.2: one SOA; Knot leaves the second out"],
];

function rows(folder: Difference["folder"], list: readonly Row[]): Difference[] {
  return list.map(([file, ours, bind, knot, why]) => ({ folder, file, ours, bind, knot, why }));
}

/** All differences that are there on purpose; any other fails the test. */
const differences: readonly Difference[] = [...rows("good", good), ...rows("broken", broken)];

const all = [...samples("good"), ...samples("broken")];

/** The verdict of a checker, by its exit status, run in the sample's folder. */
function verdict(command: string, args: readonly string[], { folder }: Sample): Promise<Verdict> {
  const env = {
    ...process.env,
    PATH: `${process.env.PATH}:/usr/sbin`,
    // named-checkzone looks up servers outside the zone, which is no part of its verdict and may take long.
    RES_OPTIONS: "timeout:1 attempts:1",
  };
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: pathOf(folder), env, timeout: 20_000 }, (error) => {
      if (error?.signal === "SIGSEGV") resolve("crash");
      else if (error && typeof error.code !== "number") reject(error);
      else resolve(error ? "errors" : "none");
    });
  });
}

function decided({ folder, file }: Sample): Difference | undefined {
  return differences.find((one) => one.folder === folder && one.file === file);
}

const checkers = {
  bind: {
    command: "named-checkzone",
    judge: (sample: Sample) => verdict("named-checkzone", [sample.origin, sample.file], sample),
  },
  knot: {
    command: "kzonecheck",
    judge: (sample: Sample) => verdict("kzonecheck", ["-o", sample.origin, "-t", String(NOW), sample.file], sample),
  },
} as const;

for (const [name, { command, judge }] of Object.entries(checkers) as [
  keyof typeof checkers,
  (typeof checkers)["bind"],
][]) {
  describe.skipIf(!available(command))(command, () => {
    for (const sample of all) {
      test.concurrent(`${sample.folder}/${sample.file}`, async () => {
        const ours: Verdict = loadSample(sample).errors > 0 ? "errors" : "none";
        const difference = decided(sample);
        expect({ ours, theirs: await judge(sample) }).toEqual({
          ours: difference?.ours ?? ours,
          theirs: difference?.[name] ?? ours,
        });
        // kzonecheck follows a file that includes itself for several seconds.
      }, 30_000);
    }
  });
}

test("the list of differences holds nothing but differences, each of a sample", () => {
  const same = differences.filter(({ ours, bind, knot }) => ours === bind && ours === knot);
  expect(same).toEqual([]);
  const gone = differences.filter((one) => !all.some(({ folder, file }) => folder === one.folder && file === one.file));
  expect(gone).toEqual([]);
});
