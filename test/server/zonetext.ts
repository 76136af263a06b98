/** Small zones as text: the serial and one TXT tell the versions apart. */

/** A zone for any origin whose TXT at "www" is the word. */
export function zoneText(serial: number, word = `v${serial}`, origin = ""): string {
  return [
    ...(origin === "" ? [] : [`$ORIGIN ${origin}`]),
    "$TTL 60",
    `@ SOA ns hostmaster ${serial} 3600 600 86400 60`,
    "@ NS ns",
    "ns A 192.0.2.53",
    `www TXT "${word}"`,
    "",
  ].join("\n");
}

/** One that no reader takes. */
export const BROKEN = `${zoneText(666, "broken")}www TXT "open\nmail A 192.0.2.256\n`;
