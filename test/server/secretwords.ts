/** Secrets that can be recognised in whatever form somebody would have written them. */

/** A secret, and the texts that give it away. */
export interface SecretWord {
  readonly text: string;
  readonly forms: readonly string[];
}

/** A text: as it is, in base64, in hex, as the numbers of its octets. */
export function secretWord(text: string, octets: Uint8Array = Buffer.from(text)): SecretWord {
  const buffer = Buffer.from(octets);
  const hex = buffer.toString("hex");
  const numbers = [...octets].join(",");
  const json = JSON.stringify(octets).slice(1, -1);
  return { text, forms: [text, encodeURIComponent(text), hex, hex.toUpperCase(), base64(buffer), numbers, json] };
}

/** 16 octets in hex, as a cookie's secret is written. */
export function hexWord(hex: string): SecretWord {
  return secretWord(hex, Buffer.from(hex, "hex"));
}

/** Without its end, which depends on what stands behind it. */
function base64(octets: Buffer): string {
  return octets.toString("base64").replace(/.?=*$/, "");
}

/** Which secrets a text gives away. */
export function givenAway(text: string, words: readonly SecretWord[]): string[] {
  return words.flatMap((word) => (word.forms.some((form) => text.includes(form)) ? [word.text] : []));
}
