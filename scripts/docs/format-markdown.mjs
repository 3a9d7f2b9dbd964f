import { listCommands } from "../../dist/cli/completion/describe-program.js";

/** docs/cli.md: every command with its examples, and its options in groups. */
export function formatMarkdown(program) {
  const commands = listCommands(program)
    .filter(({ words }) => words.length)
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  return `# Command line

Written by \`npm run gen-docs\` from the program itself.

${program.text} ${commands.length} commands; \`load\` is what runs where none is named.

${commands.map(({ words, summary }) => `- [\`${words.join(" ")}\`](#${words.join("-")}): ${summary}`).join("\n")}

${commands.map(formatCommand).join("\n")}`;
}

function formatCommand({ words, usage, text, notes, arguments: operands, groups }) {
  return `## ${words.join(" ")}

    ${usage}

${text}

${operands.map((operand) => `- \`${operand.name}\`: ${operand.text}\n`).join("")}${operands.length ? "\n" : ""}${formatNotes(notes)}${groups.map(formatGroup).join("\n")}`;
}

function formatNotes(notes) {
  return notes && `\`\`\`text\n${notes}\n\`\`\`\n\n`;
}

function formatGroup({ title, options }) {
  return `### ${title}

| option | what it does |
|---|---|
${options.map(({ flags, text }) => `| \`${escapeCell(flags)}\` | ${escapeText(text)} |\n`).join("")}`;
}

function escapeText(text) {
  return escapeCell(text).replace(/[*_<]/g, "\\$&");
}

function escapeCell(text) {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
