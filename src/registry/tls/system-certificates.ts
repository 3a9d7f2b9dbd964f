import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

/** One that OpenSSL has marked with what it is trusted for is as good (openssl-x509, "trust settings"). */
const pemCertificate =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** Where the distributions keep the certificates that the machine trusts, as one file (Go, crypto/x509/root_linux.go). */
const bundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * The authorities to trust, as PEM: Node's own, the machine's, and NODE_EXTRA_CA_CERTS. Docker and other Go programs
 * trust the machine's, so that a site's own authority is there; Node looks only at its own.
 */
export async function loadSystemCertificates(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const files = env["SSL_CERT_FILE"] ? [env["SSL_CERT_FILE"]] : bundles;
  const bundle = await readFirst(files);
  const directory = env["SSL_CERT_DIR"] ? await readDirectories(env["SSL_CERT_DIR"].split(":")) : [];
  const extra = env["NODE_EXTRA_CA_CERTS"] ? await readFirst([env["NODE_EXTRA_CA_CERTS"]]) : [];
  return listCertificates([...rootCertificates, ...bundle, ...directory, ...extra]);
}

/** Each one once: most are in all of these places, and a quarter of a millisecond goes into parsing one. */
function listCertificates(texts: readonly string[]): string[] {
  const pems = texts.flatMap((text) => text.match(pemCertificate) ?? []);
  return [...new Map(pems.map((pem) => [pem.replaceAll(/\s/g, ""), pem])).values()];
}

async function readFirst(paths: readonly string[]): Promise<string[]> {
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text) return [text];
  }
  return [];
}

async function readDirectories(paths: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const path of paths) {
    for (const name of await readdir(path).catch(() => [])) {
      const text = await readFile(join(path, name), "utf8").catch(() => "");
      if (text.includes("BEGIN CERTIFICATE")) texts.push(text);
    }
  }
  return texts;
}
