import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../processes/run-program.ts";
import { makeTempFolder } from "../temp-folder.ts";

export interface TestCertificate {
  readonly certPath: string;
  readonly keyPath: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate for 127.0.0.1 and localhost that signs itself, good for the running test. */
export async function makeCertificate(): Promise<TestCertificate> {
  const folder = await makeTempFolder();
  const [certPath, keyPath] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyPath];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  await runProgram("openssl", "req", "-x509", "-days", "2", ...key, ...names, "-out", certPath);
  return { certPath, keyPath, cert: await readFile(certPath, "utf8"), key: await readFile(keyPath, "utf8") };
}
