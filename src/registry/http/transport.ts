/** One HTTP request, with everything decided: no redirects, no retries and no sign-in happen below this. */
export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  /** A request with a body, or of a method that usually has one, carries `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Milliseconds from the end of the body until the status line; a body that is being sent is not timed here. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** To be read to its end, or discarded: a connection is held until then. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

/** The seam between the client and the wire; throws whatever the wire throws. */
export interface Transport extends AsyncDisposable {
  request(request: RegistryRequest): Promise<RegistryResponse>;
}

/** The first value of a header, or undefined. */
export function headerOf(response: RegistryResponse, name: string): string | undefined {
  return response.headers.get(name)?.[0];
}
