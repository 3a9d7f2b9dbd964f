import { decodeText } from "../../content/decode-text.ts";
import { usageError } from "../usage-error.ts";

const maxPasswordLength = 64 * 1024;

/** The password that comes through standard input, one line end at its end taken off, as docker login has it. */
export async function readPassword(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > maxPasswordLength) {
      throw usageError("Cannot use the password from standard input: it is too long");
    }
  }
  const password = decodeText(Buffer.concat(chunks)).replace(/\r?\n$/, "");
  if (password === "") throw usageError("Cannot sign in: standard input holds no password");
  return password;
}
