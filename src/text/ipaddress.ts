/** IP addresses as octets. */

const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** The 4 or 16 octets of an address in text; an IPv6 zone ("%eth0") is left off. Throws RangeError for other text. */
export function addressOctets(text: string): Uint8Array {
  const address = text.split("%")[0];
  if (!address.includes(":")) return ipv4(address);
  const [head, tail] = address.split("::");
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const octets = new Uint8Array(16);
  octets.set(front);
  octets.set(back, 16 - back.length);
  return octets;
}

function ipv4(text: string): Uint8Array {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) {
    throw new RangeError(`not an address: ${text}`);
  }
  return Uint8Array.from(parts);
}

function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return [...ipv4(group)];
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}

/** Writes the four octets of an IPv4 address in text, without making anything; false when the text is none. */
export function writeIpv4(text: string, out: Uint8Array): boolean {
  let octet = 0;
  let part = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      out[part++] = octet;
      octet = 0;
    } else if (code >= ZERO && code <= NINE) octet = octet * 10 + code - ZERO;
    else return false;
  }
  out[part] = octet;
  return part === 3;
}

/** The IPv4 address inside an IPv4-mapped IPv6 one, else the text as it is. */
export function unmapped(text: string): string {
  return text.startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text;
}
