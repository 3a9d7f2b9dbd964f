import type { Command } from "commander";
import { addJsonOption, type JsonFlag } from "../output/json/json-option.ts";
import type { Terminal } from "../terminal.ts";

const notes = `
Examples:
  airgap-load docs                 the documents that there are
  airgap-load docs recipes
  airgap-load docs errors | grep -A 3 LAYER_DAMAGED
`;

/** Adds the commands that show what is written about the program: at a closed site there is nothing but the program. */
export function addDocsCommands(program: Command, terminal: Terminal): void {
  const docs = program
    .command("docs")
    .summary("show a document that the program carries")
    .description("Shows a document that the program carries, in a pager on a terminal; lists them without a name.")
    .argument("[document]", "its name, such as recipes or errors")
    .addHelpText("after", notes);
  addJsonOption(docs);
  docs.action(async (name: string | undefined, { json = false }: JsonFlag) => {
    const { showDocument, tellDocuments } = await import("./show-document.ts");
    if (json) tellDocuments(name, terminal);
    else await showDocument(name, terminal);
  });
  program
    .command("man")
    .summary("show the manual page")
    .description("Shows the manual page on a terminal; writes it in the form of man(7) to a file or a pipe.")
    .action(async () => {
      const { showManual } = await import("./show-document.ts");
      await showManual(terminal);
    });
}
