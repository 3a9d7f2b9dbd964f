/**
 * What is in the executables as CycloneDX 1.5: airgap-load, the npm packages that it is bundled with, and Node, each with the
 * `parts` that it is made of in turn. Without a time or a serial number, so that the same sources give the same file.
 */
export function formatSbom({ name, version, license }, packages, runtime) {
  const root = { type: "application", ...describe({ name, version, license }, `pkg:npm/${name}@${version}`) };
  const components = [
    ...packages.map((entry) => ({ type: "library", ...describe(entry, npmUrl(entry)) })),
    { type: "platform", ...describe(runtime, `pkg:generic/${runtime.name}@${runtime.version}`) },
  ];
  const sbom = {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { component: root },
    components,
    dependencies: [{ ref: root["bom-ref"], dependsOn: components.map((component) => component["bom-ref"]) }],
  };
  return `${JSON.stringify(sbom, undefined, 2)}\n`;
}

function describe({ name, version, license, integrity, parts }, purl) {
  const hash = integrity?.startsWith("sha512-")
    ? [{ alg: "SHA-512", content: Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex") }]
    : undefined;
  return {
    "bom-ref": purl,
    name,
    version,
    licenses: [/ (?:OR|AND|WITH) /.test(license) ? { expression: license } : { license: { id: license } }],
    purl,
    ...(hash ? { hashes: hash } : {}),
    ...(parts?.length ? { components: parts.map((part) => describePart(part, purl)) } : {}),
  };
}

/** By the name that vulnerability databases know; the same software may be in several places, in several versions. */
function describePart({ name, version }, owner) {
  const purl = `pkg:generic/${name}@${encodeURIComponent(version)}`;
  return { type: "library", "bom-ref": `${owner}#${name}`, name, version, purl };
}

/** The at sign of a scope is escaped (package-url, npm). */
function npmUrl({ name, version }) {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}
