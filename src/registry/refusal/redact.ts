/** What a server says without what it was shown to sign in with, even where it repeats that: `authorization` is that header. */
export function redact(text: string, authorization: string | undefined): string {
  return secretsOf(authorization)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length > shortest)
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}

/** A secret of one or two characters is in every text. */
const shortest = 2;

/** The header's value, and what is in it: a token, or name and password. */
function secretsOf(authorization = ""): string[] {
  const [scheme, credentials = ""] = authorization.split(" ", 2);
  if (scheme !== "Basic") return [credentials];
  const pair = Buffer.from(credentials, "base64").toString("utf8");
  return [credentials, pair, pair.slice(pair.indexOf(":") + 1)];
}
