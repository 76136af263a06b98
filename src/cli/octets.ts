/** Numbers of octets as people read them. */

const UNITS = ["octets", "KB", "MB", "GB", "TB"];

/** "512 octets", "1.5 MB". */
export function formatOctets(octets: number): string {
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
