import { decodeText } from "../../content/decode-text.ts";
import { describeFileError } from "../../content/file-error.ts";
import { readFile } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";

interface Fault {
  readonly matches: (text: string, what: "certificate" | "key") => boolean;
  readonly reason: string;
  readonly hint: string;
}

/** The forms that people come with; the first that matches is told. */
const faults: readonly Fault[] = [
  {
    matches: (text) => !text.includes("-----BEGIN "),
    reason: "it is not PEM",
    hint: "Convert it with: openssl x509 -inform der -in FILE -out FILE.pem",
  },
  {
    matches: (text) => /-----BEGIN (?:PKCS7|CMS)-----/.test(text),
    reason: "it is PKCS#7",
    hint: "Convert it with: openssl pkcs7 -print_certs -in FILE -out FILE.pem",
  },
  {
    matches: (text, what) => what === "key" && /ENCRYPTED/.test(text),
    reason: "the key is encrypted",
    hint: "Decrypt it with: openssl pkey -in FILE -out FILE.pem, which then nobody else may read.",
  },
  {
    matches: (text, what) => what === "certificate" && /PRIVATE KEY/.test(text) && !/CERTIFICATE/.test(text),
    reason: "it holds a private key and no certificate",
    hint: "--ca-file and --cert take certificates, --key the key that belongs to --cert: each a PEM file.",
  },
];

/** A PEM file that something names. Throws `CERTIFICATE_INVALID`, saying how another form is made PEM. */
export async function readPem(path: string, what: "certificate" | "key"): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const detail = describeFileError(cause);
    throw new AirgapError("CERTIFICATE_INVALID", `Cannot read certificate "${path}": ${detail}`, {
      exit: "configuration",
      hint: "Correct what names it: --ca-file, --cert or --key, a hosts.toml, or registries.yaml.",
      cause,
    });
  });
  // PowerShell's redirection writes UTF-16, and editors a byte order mark.
  const text = decodeText(bytes);
  const fault = faults.find(({ matches }) => matches(text, what));
  if (!fault) return text;
  throw new AirgapError("CERTIFICATE_INVALID", `Cannot use certificate "${path}": ${fault.reason}`, {
    exit: "configuration",
    hint: fault.hint,
  });
}
