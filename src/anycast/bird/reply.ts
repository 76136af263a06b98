/**
 * Replies on BIRD's control socket: lines with a code of four digits. "NNNN-" says that more lines follow, a blank in the
 * place of the code that it is the one before, "NNNN " ends the reply, and "+" begins news that nobody has asked for.
 */

export interface ReplyLine {
  readonly code: number;
  readonly text: string;
}

export interface Reply {
  /** Of the last line, or the first one that is an error. */
  readonly code: number;
  readonly lines: readonly ReplyLine[];
}

/** Codes that are looked at (doc/reply_codes in BIRD's source). */
export const Code = {
  READY: 1,
  DISABLED_ALREADY: 8,
  DISABLED: 9,
  ENABLED_ALREADY: 10,
  ENABLED: 11,
  NO_SUCH_NETWORK: 8001,
  NO_SUCH_PROTOCOL: 8003,
  RESTRICTED: 8007,
} as const;

/** Codes from here on are errors: 8xxx at run time, 9xxx of the command's grammar. */
const ERRORS = 8000;

/** Puts replies together from what comes off the socket; each call gives those that are complete now. */
export function replyReader(): (text: string) => Reply[] {
  let rest = "";
  let lines: ReplyLine[] = [];
  return (text) => {
    const done: Reply[] = [];
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const [, digits, mark, said] = /^(\d{4})([ -])(.*)$/.exec(part) ?? [];
      if (digits === undefined) {
        if (part.startsWith(" ")) lines.push({ code: lines.at(-1)?.code ?? 0, text: part.slice(1) });
        continue;
      }
      lines.push({ code: Number(digits), text: said });
      if (mark === "-") continue;
      done.push({ code: lines.find(({ code }) => code >= ERRORS)?.code ?? Number(digits), lines });
      lines = [];
    }
    return done;
  };
}

/** True for a reply that is an error. */
export function failed(reply: Reply): boolean {
  return reply.code >= ERRORS;
}

/** What was said, in one line. */
export function said(reply: Reply): string {
  return reply.lines
    .filter(({ code, text }) => text.trim() !== "" && (!failed(reply) || code >= ERRORS))
    .map(({ text }) => text.trim())
    .join("; ");
}
