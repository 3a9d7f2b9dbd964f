import { describeFileError } from "../../content/file-error.ts";
import { decodeText } from "../../content/decode-text.ts";
import { readFile } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type MinisignKey, parseMinisignKey, verifyMinisign } from "../../signature/minisign.ts";

/** Public keys of minisign or signify; throws `SIGNATURE_KEY_INVALID`. */
export async function readMinisignKeys(paths: readonly string[]): Promise<readonly MinisignKey[]> {
  return Promise.all(
    paths.map(async (path) => {
      const key = parseMinisignKey(await readText(path, `Cannot use key "${path}"`));
      if (key) return key;
      throw new AirgapError(
        "SIGNATURE_KEY_INVALID",
        `Cannot use key "${path}": it is no public key of minisign or signify`,
        { exit: "configuration", hint: "Give the .pub file that minisign -G has made, not the secret key." },
      );
    }),
  );
}

/**
 * Checks the signature beside a file, `FILE.minisig` or `FILE.sig`, over its content as it was read, or the one in front of the
 * content, as `signify -e` writes it. Gives what is signed. Throws `SIGNATURE_MISSING` or `SIGNATURE_INVALID`.
 */
export async function checkFileSignature(
  path: string,
  content: Uint8Array,
  keys: readonly MinisignKey[],
): Promise<Uint8Array> {
  const [signature, signed] = splitEmbedded(content) ?? [await readSignature(path), content];
  const outcome = verifyMinisign(signed, signature, keys);
  if (outcome.kind === "good") return signed;
  const detail =
    outcome.kind === "unknownKey"
      ? `it is signed by key ${outcome.id}, which is none of those given`
      : `its signature does not hold: ${outcome.detail}`;
  throw new AirgapError("SIGNATURE_INVALID", `Cannot trust "${path}": ${detail}`, {
    hint: "Get the file, its signature and the key again, the key on another way than the file.",
  });
}

/** Two lines of signature, and what comes behind them. */
function splitEmbedded(content: Uint8Array): [signature: string, signed: Uint8Array] | undefined {
  const bytes = Buffer.from(content);
  const second = bytes.indexOf("\n") + 1;
  const end = bytes.indexOf("\n", second) + 1;
  if (!bytes.toString("latin1", 0, second).startsWith("untrusted comment:") || end === 0) return undefined;
  return [bytes.toString("latin1", 0, end), bytes.subarray(end)];
}

async function readSignature(path: string): Promise<string> {
  for (const name of [`${path}.minisig`, `${path}.sig`]) {
    const bytes = await readFile(name).catch(() => undefined);
    if (bytes) return decodeText(bytes);
  }
  throw new AirgapError(
    "SIGNATURE_MISSING",
    `Cannot trust "${path}": neither "${path}.minisig" nor "${path}.sig" can be read`,
    { hint: "Put the signature beside it: minisign -S makes it, where the secret key is." },
  );
}

async function readText(path: string, action: string): Promise<string> {
  try {
    return decodeText(await readFile(path));
  } catch (cause) {
    throw new AirgapError("SIGNATURE_KEY_INVALID", `${action}: ${describeFileError(cause)}`, {
      exit: "configuration",
      cause,
    });
  }
}
