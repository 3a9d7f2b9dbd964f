import type { ErrorCode } from "./error-code.ts";
import { printable } from "./printable.ts";

/** What kind of end a failure means for the process; the numbers are sysexits' (decision 19). */
export const exitCodes = {
  done: 0,
  partial: 1,
  usage: 64,
  content: 65,
  noInput: 66,
  unreachable: 69,
  internal: 70,
  cannotCreate: 73,
  disk: 74,
  gaveUp: 75,
  protocol: 76,
  denied: 77,
  configuration: 78,
  /** By SIGHUP, SIGINT and SIGTERM, as a shell has it. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitKind = keyof typeof exitCodes;

export interface AirgapErrorOptions {
  /** Decides the exit code. Default `content`. */
  readonly exit?: ExitKind;
  /** What the operator should do next: a sentence, or lines. */
  readonly hint?: ErrorText | undefined;
  readonly cause?: unknown;
}

/** One line, or several: what is in a line can start no line of its own. */
export type ErrorText = string | readonly string[];

/**
 * Every failure that an operator can meet.
 * `code` is a stable word, listed with cause and cure in docs/errors.md; the message says what failed, where and why.
 * Names and words from outside are made {@link printable} here, wherever the error is made, and passwords in addresses are
 * masked.
 */
export class AirgapError extends Error {
  override readonly name = "AirgapError";
  readonly code: ErrorCode;
  readonly exit: ExitKind;
  #hint: string | undefined;

  constructor(code: ErrorCode, message: ErrorText, options: AirgapErrorOptions = {}) {
    super(printableLines(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exit = options.exit ?? "content";
    this.#hint = options.hint === undefined ? undefined : printableLines(options.hint);
  }

  get hint(): string | undefined {
    return this.#hint;
  }

  /** Has the hint say something in other words, for who knows better what the operator typed. */
  rewordHint(rewrite: (hint: string) => string): void {
    this.#hint &&= rewrite(this.#hint);
  }

  get exitCode(): number {
    return exitCodes[this.exit];
  }
}

/** Whether an error is a failure to report of one item among several: not a bug, and no interruption, which end the run. */
export function isReportable(error: unknown, signal: AbortSignal | undefined): error is AirgapError {
  return error instanceof AirgapError && signal?.aborted !== true;
}

/** What an error says, inside a sentence. */
export function asClause({ message }: AirgapError): string {
  return message.replace(/^C/, "c");
}

/** What went wrong, without the name that it went wrong for: `Cannot push "a:1": denied` says `denied`. */
export function detailOf({ message }: AirgapError): string {
  return /^[^\n]*?": ([^\n]+)$/.exec(message)?.[1] ?? message;
}

function printableLines(text: ErrorText): string {
  const lines = typeof text === "string" ? [text] : text;
  return lines.map((line) => printable(maskUserInfo(line), Number.POSITIVE_INFINITY)).join("\n");
}

/**
 * A password has no place in an address, and is typed there nevertheless; what stands before a digest is a name. Text from
 * outside may be long: a word is looked through once.
 */
export function maskUserInfo(text: string): string {
  return text.replace(/(?<![^\s"'])[^\s"']*@(?!sha\d+:|DIGEST)/g, (address) =>
    address.replace(/(?<![^/@])[^/@:]+:(?!\/\/).*@$/, "***@"),
  );
}
