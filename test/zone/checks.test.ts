/** What the checks say of each sample zone. `vitest -u` writes the transcripts anew. */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { problems, told } from "./loading.ts";
import { loadSample, pathOf, samples } from "./samples.ts";

describe("one defect in each", () => {
  for (const sample of samples("broken")) {
    test(sample.file, async () => {
      const loaded = loadSample(sample);
      const transcript = `${told(loaded).join("\n")}\n`;
      expect(loaded.image === undefined).toBe(loaded.errors > 0);
      await expect(transcript).toMatchFileSnapshot(join(pathOf("broken"), sample.file.replace(/zone$/, "txt")));
      expect(loaded.problems).not.toEqual([]);
    });
  }
});

describe("odd and correct", () => {
  for (const sample of samples("good")) {
    test(sample.file, () => {
      const loaded = loadSample(sample);
      const expected = sample.file === "ttl-of-the-soa.zone" ? [expect.stringContaining("minimum, 300, is taken")] : [];
      expect(told(loaded)).toEqual(expected);
      expect(loaded.image).toBeDefined();
    });
  }
});

describe("checks that meet", () => {
  const signed = "15 2 300 20370101000000 20200101000000 1 example. AAAA";
  const hash = "0".repeat(32);

  test("NSEC3 that is being added to a zone with NSEC is no gap in the NSEC chain (RFC 5155 §10.4)", () => {
    const lines = [`${hash} NSEC3 1 0 0 - ${hash} A`, `${hash} RRSIG NSEC3 ${signed}`, "@ NSEC example. NS SOA NSEC"];
    expect(problems(lines.join("\n"))).toEqual([]);
  });

  test("below a zone cut a DNAME hides nothing, since all is hidden already", () => {
    expect(problems("sub NS ns.example.net.\nx.sub DNAME a.\ny.x.sub TXT b")).toEqual([
      "zone:2:1: warning: DNAME at x.sub.example. is occluded by a zone cut: never answered",
      "zone:3:1: warning: TXT at y.x.sub.example. is occluded by a zone cut: never answered",
    ]);
  });

  test("a zone cut below a DNAME is data below it", () => {
    expect(problems("old DNAME a.\nx.old NS ns.example.net.\ny.x.old A 192.0.2.1")).toEqual([
      "zone:2:1: error: data below the DNAME at old.example. (RFC 6672 §2.4)",
      "zone:3:1: error: data below the DNAME at old.example. (RFC 6672 §2.4)",
    ]);
  });

  test("a referral is a dead end only when no server of it can be found", () => {
    const glue = "has no A or AAAA here: the delegation needs glue (RFC 1034 §4.2.1)";
    expect(problems("sub NS a.sub\nsub NS b.sub")).toEqual([
      `zone:1:1: error: NS target a.sub.example. ${glue}`,
      `zone:2:1: error: NS target b.sub.example. ${glue}`,
    ]);
    for (const other of ["ns.example.net.", "b.sub\nb.sub AAAA ::1", "ns\nns A 192.0.2.1"]) {
      expect(problems(`sub NS a.sub\nsub NS ${other}`)).toEqual([
        `zone:1:1: warning: NS target a.sub.example. ${glue}`,
      ]);
    }
  });

  test("the same problem at many records is told at each, with all of the zone's others", () => {
    expect(problems("a MX 1 x\nb MX 1 x\nc 60 A 192.0.2.1\nc 61 A 192.0.2.1\nc 62 A 192.0.2.2")).toEqual([
      "zone:1:1: warning: MX target x.example. has no A or AAAA here",
      "zone:2:1: warning: MX target x.example. has no A or AAAA here",
      "zone:4:1: warning: the same record again: it is loaded once",
      "zone:5:1: warning: TTL differs from that of the RRset's first record, which is taken (RFC 2181 §5.2)",
    ]);
  });
});
