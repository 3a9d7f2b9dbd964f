import { environment, exitStatus, files } from "./manual-sections.mjs";
import { listCommands } from "../../dist/cli/completion/describe-program.js";

/** man/airgap-load.1, in the macros of man(7). */
export function formatManual(program, version) {
  const commands = listCommands(program)
    .filter(({ words }) => words.length)
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  return `.\\" Written by npm run gen-docs from the program itself.
.TH AIRGAP\\-LOAD 1 "" "airgap\\-load ${version}" "User Commands"
.SH NAME
airgap\\-load \\- ${escapeText(firstLower(program.text).replace(/\.$/, ""))}
.SH SYNOPSIS
${commands.map(({ usage }) => `.B ${escapeText(usage)}\n`).join(".br\n")}.SH DESCRIPTION
${escapeText(program.text)} The command
.B load
is what runs where none is named.
${commands.map(formatCommand).join("")}${formatSection("ENVIRONMENT", environment)}${formatSection("FILES", files)}${formatSection("EXIT STATUS", exitStatus)}.SH SEE ALSO
.BR skopeo (1),
.BR sha256sum (1)
`;
}

function formatSection(title, items) {
  return `.SH ${title}\n${items.map(([term, text]) => formatItem(term, text)).join("")}`;
}

function formatCommand({ words, text, notes, arguments: operands, groups }) {
  return `.SH ${escapeText(words.join(" ").toUpperCase())}
${escapeText(text)}
${formatNotes(notes)}${operands.map(({ name, text }) => formatItem(name, text)).join("")}${groups.map(formatGroup).join("")}`;
}

function formatNotes(notes) {
  return notes && `.PP\n.nf\n${notes.split("\n").map(escapeText).join("\n")}\n.fi\n`;
}

function formatGroup({ title, options }) {
  return `.SS ${escapeText(title)}\n${options.map(({ flags, text }) => formatItem(flags, text)).join("")}`;
}

function formatItem(term, text) {
  return `.TP\n.B ${escapeText(term)}\n${escapeText(text)}\n`;
}

function firstLower(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A backslash begins an escape, a hyphen is not a minus, and a period or quote in front begins a request. */
function escapeText(text) {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^[.']/, "\\&$&");
}
