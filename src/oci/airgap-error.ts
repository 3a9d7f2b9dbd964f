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
} as const;

export type ExitKind = keyof typeof exitCodes;

export interface AirgapErrorOptions {
  /** Decides the exit code. Default `content`. */
  readonly exit?: ExitKind;
  /** What the operator should do next, a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * Every failure that an operator can meet.
 * `code` is a stable word, listed with cause and cure in docs/errors.md; the message says what failed, where and why.
 */
export class AirgapError extends Error {
  override readonly name = "AirgapError";
  readonly code: string;
  readonly exit: ExitKind;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: AirgapErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exit = options.exit ?? "content";
    this.hint = options.hint;
  }

  get exitCode(): number {
    return exitCodes[this.exit];
  }
}
