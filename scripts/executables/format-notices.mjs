/** THIRD-PARTY-NOTICES.txt: what else is in the program, under which licences. */
export function formatNotices(packages) {
  const texts = packages.map(
    ({ name, version, license, text }) =>
      `${"=".repeat(80)}\n${name} ${version} (${license})\n${"=".repeat(80)}\n\n${text || `Licence: ${license}`}\n`,
  );
  return `airgap-load, as it is built, contains the following software by others.\n\n${texts.join("\n")}`;
}
