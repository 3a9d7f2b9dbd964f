/** What is known for signing in to a registry. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** An OAuth2 refresh token, as `docker login` leaves it for ACR. */
  readonly identityToken?: string | undefined;
  /** Used as Bearer token as it is. */
  readonly registryToken?: string | undefined;
}

export function hasPassword(
  credentials: Credentials | undefined,
): credentials is Credentials & { username: string; password: string } {
  return credentials?.username !== undefined && credentials.password !== undefined;
}

/** `Basic ...` (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}
