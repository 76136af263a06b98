/** Addresses of Unix sockets as the kernel has them, sockaddr_un of unix(7): the family, then the path. */

import { AF_UNIX } from "./libc.ts";

const PATH_AT = 2;
/** Octets of a path. The kernel would take one more, without the zero that ends it. */
export const UNIX_PATH_MOST = 107;

/** An address from a path. A leading "@" is an abstract name: a zero octet stands for it. */
export function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  if (path.startsWith("@")) name[0] = 0;
  // A buffer of its own: what the kernel reads must not move.
  const address = new Uint8Array(new ArrayBuffer(PATH_AT + name.length));
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, PATH_AT);
  return address;
}
