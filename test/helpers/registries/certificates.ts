import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../registry/certificates");

export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** The authority that signed all the others; PEM. */
export const authority: { readonly cert: string; readonly path: string } = {
  cert: readFileSync(join(folder, "ca.pem"), "utf8"),
  path: join(folder, "ca.pem"),
};

/** For 127.0.0.1 and localhost, for a client, for registry.example, and one that has run out. */
export function readCertificate(name: "server" | "client" | "other-name" | "expired"): CertificatePair {
  const certPath = join(folder, `${name}.pem`);
  const keyPath = join(folder, `${name}-key.pem`);
  return { cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8"), certPath, keyPath };
}
