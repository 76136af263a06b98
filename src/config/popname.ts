/** What a POP may be called: its name goes into answers, logs, metrics, file names and URLs, and must need no quotes there. */

/** Octets: as much as fits into NSID beside the longest name and every other option, in 512 octets. */
export const MOST_OCTETS = 63;

/** For error messages. */
export const POP_NAME = 'a name of 1 to 63 letters, digits, ".", "-" and "_"';

/** True for a name that a POP can have. */
export function isPopName(text: string): boolean {
  return text.length <= MOST_OCTETS && /^[A-Za-z0-9._-]+$/.test(text);
}
