/** Zones that amplify as well as zones can: what somebody would publish to be reflected, under the shortest names. */

const line = (name: string, type: string, data: string) => `${name} 3600 ${type} ${data}\n`;
const APEX = `${line("@", "SOA", "a b 1 7200 900 1209600 300")}${line("@", "NS", "ns.other.")}`;

/** Names that no other line has. */
const LETTERS = "0123456789abd";

/** RRsets that fill a datagram to the last octets, alone and in each other's additional section. */
export function hostile(): readonly (readonly [string, string])[] {
  const sizes = [440, 460, 480, 900, 1100, 1150, 1160, 1170, 1175, 1180, 1185, 1190, 1195];
  // A name of one letter for each size: the shortest query for the longest answer.
  const texts = sizes.map((octets, i) => line(LETTERS[i], "TXT", strings(octets))).join("");
  const many = Array.from({ length: 60 }, (_, i) => line("m", "A", `192.0.2.${i + 1}`)).join("");
  const exchanges = Array.from({ length: 8 }, (_, i) => {
    const hosts = Array.from({ length: 6 }, (_, j) => line(`h${i}`, "AAAA", `2001:db8::${i}:${j + 1}`)).join("");
    return line("x", "MX", `${i} h${i}`) + hosts;
  }).join("");
  const glue = Array.from({ length: 12 }, (_, i) => {
    return (
      line("c", "NS", `n${i}.c`) + line(`n${i}.c`, "A", `192.0.2.${i + 1}`) + line(`n${i}.c`, "AAAA", `2001:db8::${i}`)
    );
  }).join("");
  const aliases = Array.from({ length: 15 }, (_, i) => line(`l${i}`, "CNAME", `l${i + 1}`)).join("");
  const rest = `${many}${exchanges}${glue}${aliases}${line("l15", "TXT", strings(900))}${line("*", "TXT", strings(1190))}`;
  return [["t.", APEX + texts + rest]];
}

/** One TXT of so many octets of RDATA. */
function strings(octets: number): string {
  const whole = Math.floor(octets / 256);
  const rest = octets % 256;
  const all = [...Array.from({ length: whole }, () => "y".repeat(255)), ...(rest > 0 ? ["y".repeat(rest - 1)] : [])];
  return all.map((text) => `"${text}"`).join(" ");
}
