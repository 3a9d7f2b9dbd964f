/** One `WWW-Authenticate` challenge; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const scheme = new RegExp(`(${token})(?=[\\s,]|$)`, "y");
/** Values without quotes may hold more than the grammar lets them: addresses come that way. */
const parameter = new RegExp(`(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]*))`, "y");
const separator = /[\s,]+/y;

/**
 * Reads every challenge of every `WWW-Authenticate` header (RFC 9110, 11.6.1), in order. What cannot be read is passed
 * over: a challenge of an unknown kind must not hide the one behind it.
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let parameters: Map<string, string> | undefined;
  for (let at = skip(separator, header, 0); at < header.length; at = skip(separator, header, at)) {
    const pair = parameters ? matchAt(parameter, header, at) : undefined;
    const name = pair ? undefined : matchAt(scheme, header, at);
    if (pair) parameters?.set((pair[1] ?? "").toLowerCase(), unquote(pair[2]) ?? pair[3] ?? "");
    if (name) {
      parameters = new Map();
      challenges.push({ scheme: (name[1] ?? "").toLowerCase(), parameters });
    }
    at += (pair ?? name)?.[0].length ?? 1;
  }
  return challenges;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function skip(pattern: RegExp, text: string, at: number): number {
  return at + (matchAt(pattern, text, at)?.[0].length ?? 0);
}

function unquote(text: string | undefined): string | undefined {
  return text?.replace(/\\(.)/g, "$1");
}

/** Bearer before Basic; others (Negotiate, NTLM) cannot be answered. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find((challenge) => challenge.scheme === "bearer" && challenge.parameters.has("realm")) ??
    challenges.find((challenge) => challenge.scheme === "basic")
  );
}
