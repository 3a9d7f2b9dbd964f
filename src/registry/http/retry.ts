import type { Clock } from "./clock.ts";
import { classifyNetworkError, type NetworkFailureKind } from "./network-failure.ts";
import { headerOf, type RegistryResponse } from "./transport.ts";

/** A pause before something is tried once more. */
export interface Wait {
  readonly milliseconds: number;
  /** What the registry did: `answers 503`, `does not answer (ECONNREFUSED)`. */
  readonly reason: string;
  /** The try that comes next, and the most there are. */
  readonly attempt: number;
  readonly attempts: number;
}

export interface RetryOptions {
  /** Most tries. */
  readonly attempts: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Whether the host has answered before: one that has not is given up soon. */
  readonly contacted: boolean;
  /** Told of each wait that is long enough to be wondered at. */
  readonly onWait?: ((wait: Wait) => void) | undefined;
  /** Told of each 429 and 503. */
  readonly onThrottled?: (() => void) | undefined;
}

const passingStatuses = new Set([408, 425, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524]);
const longestWait = 30_000;
const longestThrottledWait = 60_000;
/** A registry that asks for more time than this is one that is not there. */
export const longestRetryAfter = 300_000;
const worthTelling = 5000;
/** For a host that has not answered yet: one that is silent, and one that hangs up. */
const absentAttempts = 2;
const brokenAttempts = 3;
/** What no other try changes. */
export const hopeless: ReadonlySet<NetworkFailureKind> = new Set<NetworkFailureKind>([
  "not-tls",
  "untrusted",
  "client-certificate",
  "handshake",
]);
/** Further tries for a registry that only asks for time. */
const throttledAttempts = 3;

/** Whether an answer is one that may be another the next time (registry.md 8). */
export function isPassingStatus(status: number): boolean {
  return passingStatuses.has(status);
}

/**
 * Sends until the answer is final or the attempts are used up, and gives the last answer, or throws the last network
 * error as it is. Waits between attempts as registry.md 8 says, `Retry-After` first.
 */
export async function requestWithRetries<R extends RegistryResponse>(
  send: () => Promise<R>,
  options: RetryOptions,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    let wait: number;
    try {
      const response = await send();
      if (response.status === 429 || response.status === 503) options.onThrottled?.();
      const patience = response.status === 429 && options.attempts > 1 ? throttledAttempts : 0;
      if (!isPassingStatus(response.status) || attempt >= options.attempts + patience) return response;
      const asked = parseRetryAfter(headerOf(response, "retry-after"), options.clock.now());
      if (asked !== undefined && asked > longestRetryAfter) return response;
      wait = delayAfterStatus(response.status, attempt, asked);
      tellWait(options, wait, `answers ${response.status}`, attempt, options.attempts + patience);
      await response.discard();
    } catch (error) {
      options.signal?.throwIfAborted();
      if (attempt >= attemptsFor(error, options)) throw error;
      wait = backOff(attempt);
      tellWait(options, wait, describeSilence(error), attempt, attemptsFor(error, options));
    }
    await options.clock.sleep(wait, options.signal);
  }
}

function tellWait(
  { onWait }: RetryOptions,
  milliseconds: number,
  reason: string,
  failed: number,
  attempts: number,
): void {
  const wait = { milliseconds, reason, attempt: failed + 1, attempts };
  if (isWorthTelling(wait)) onWait?.(wait);
}

/** Whether a wait is long enough to be wondered at. */
export function isWorthTelling({ milliseconds }: Wait): boolean {
  return milliseconds >= worthTelling;
}

/** What a network error says the registry does. */
export function describeSilence(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = classifyNetworkError(cause)?.code;
    if (code !== undefined) return `does not answer (${code})`;
  }
  return "does not answer";
}

function attemptsFor(error: unknown, options: RetryOptions): number {
  const kind = classifyNetworkError(error)?.kind;
  if (kind === undefined || hopeless.has(kind)) return 1;
  if (options.contacted) return options.attempts;
  return Math.min(options.attempts, kind === "broken" ? brokenAttempts : absentAttempts);
}

/** Milliseconds to wait after a passing status: what the registry asks for, else the usual back-off. */
export function delayAfterStatus(status: number, attempt: number, asked: number | undefined): number {
  if (asked !== undefined) return asked;
  return status === 429 ? Math.min(2 * backOff(attempt), longestThrottledWait) : backOff(attempt);
}

/** 1 s, doubled with each attempt up to 30 s, and up to a fifth more so that many clients do not come back at once. */
export function backOff(attempt: number): number {
  return Math.min(1000 * 2 ** (attempt - 1), longestWait) * (1 + Math.random() / 5);
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as milliseconds from now. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = /^[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** What is told of a wait: nobody should wonder whether the program hangs. */
export function describeWait(host: string, { milliseconds, reason, attempt, attempts }: Wait): string {
  const seconds = Math.round(milliseconds / 1000);
  return `Registry "${host}" ${reason}, trying again in ${seconds} s (${attempt} of ${attempts})`;
}
