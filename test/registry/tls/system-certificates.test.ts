import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { expect, test } from "vitest";
import { loadSystemCertificates } from "../../../src/registry/tls/system-certificates.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const own = "-----BEGIN CERTIFICATE-----\nb3du\n-----END CERTIFICATE-----";
const trusted = "-----BEGIN TRUSTED CERTIFICATE-----\ndHJ1c3RlZA==\n-----END TRUSTED CERTIFICATE-----";

test("each certificate is there once, wherever it is found and however it is written", async () => {
  const folder = await makeTempFolder();
  const bundle = join(folder, "bundle.pem");
  const [known = ""] = rootCertificates;
  await writeFile(bundle, `# the site's own\n${own}\n${known.replaceAll("\n", "\r\n")}\r\n${trusted}\n`);
  const env = { SSL_CERT_FILE: bundle, SSL_CERT_DIR: folder, NODE_EXTRA_CA_CERTS: bundle };

  const found = await loadSystemCertificates(env);

  expect(found.length).toBe(rootCertificates.length + 2);
  expect(found).toEqual(expect.arrayContaining([own, trusted]));
});
