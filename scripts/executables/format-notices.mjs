/** THIRD-PARTY-NOTICES.txt: what else is in the executables, under which licences. `runtime` is Node with its own notices. */
export function formatNotices(packages, runtime) {
  const texts = [...packages, runtime].map(
    ({ name, version, license, text }) =>
      `${"=".repeat(80)}\n${name} ${version} (${license})\n${"=".repeat(80)}\n\n${text || `Licence: ${license}`}\n`,
  );
  return `The airgap-load executables contain the following software by others.\n\n${texts.join("\n")}`;
}
