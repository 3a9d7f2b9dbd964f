import { Agent, request } from "undici";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The codes of the specification's error document, if that is what came. */
  readonly codes: readonly string[];
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
}

/** One plain HTTP request, nothing followed and nothing repeated; a connection of its own. */
export async function send(method: string, url: string, options: SendOptions = {}): Promise<Answer> {
  const agent = new Agent({ pipelining: 0, connect: { rejectUnauthorized: false } });
  try {
    const answer = await request(url, {
      method: method as "GET",
      headers: { ...options.headers },
      ...(options.body === undefined ? {} : { body: options.body as string }),
      dispatcher: agent,
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return {
      status: answer.statusCode,
      headers: answer.headers as Answer["headers"],
      bytes,
      text: bytes.toString(),
      codes: readCodes(bytes.toString()),
    };
  } finally {
    await agent.destroy();
  }
}

function readCodes(text: string): readonly string[] {
  try {
    const document = JSON.parse(text) as { errors?: readonly { code: string }[] };
    return document.errors?.map((error) => error.code) ?? [];
  } catch {
    return [];
  }
}
