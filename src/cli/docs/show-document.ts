import { basename } from "node:path";
import { listDocuments, readCarriedFile } from "../carried-file.ts";
import { didYouMean } from "../output/did-you-mean.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { formatTable } from "../output/table.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { showPaged, showWith } from "./pager.ts";

/** Shows a document by its name, `recipes`, or the list of all; throws a usage error for a name that there is not. */
export async function showDocument(name: string | undefined, terminal: Terminal): Promise<void> {
  if (name === undefined) terminal.stdout.write(shown(formatList(findDocuments())));
  else await showPaged(readCarriedFile(findDocument(name)), terminal);
}

/** The same for a program: the text of one, or what all are called. */
export function tellDocuments(name: string | undefined, terminal: Terminal): void {
  const told = name === undefined ? [...findDocuments().values()] : [findDocument(name)];
  const documents = told.map((path) => {
    const text = readCarriedFile(path);
    return { name: nameOf(path), title: titleOf(text), ...(name === undefined ? {} : { text }) };
  });
  const totals = { documents: documents.length };
  writeJson(terminal, jsonDocument("docs", { changed: false, documents, totals }));
}

function findDocuments(): ReadonlyMap<string, string> {
  return new Map(listDocuments().map((path) => [nameOf(path), path]));
}

function findDocument(name: string): string {
  const documents = findDocuments();
  const path = documents.get(nameOf(name));
  if (path === undefined) throw unknownDocument(name, [...documents.keys()]);
  return path;
}

/** Shows the manual page: typeset where a terminal and man are there, as the list of options where man is not. */
export async function showManual(terminal: Terminal): Promise<void> {
  const page = readCarriedFile("man/airgap-load.1");
  if (!terminal.stdout.isTTY) {
    terminal.stdout.write(shown(page));
    return;
  }
  if (!(await showWith("man -l -", page, terminal))) await showDocument("cli", terminal);
}

/** `recipes` for `docs/recipes.md`, and for what people type. */
function nameOf(path: string): string {
  return basename(path.toLowerCase(), ".md");
}

function formatList(documents: ReadonlyMap<string, string>): string {
  const rows = [...documents].map(([name, path]) => [name, titleOf(readCarriedFile(path))]);
  return `${formatTable([["DOCUMENT", "ABOUT"], ...rows])}\nairgap-load docs DOCUMENT shows one, airgap-load man the manual page.\n`;
}

/** The first heading. */
function titleOf(text: string): string {
  return /^# (.*)$/m.exec(text)?.[1] ?? "";
}

function unknownDocument(name: string, names: readonly string[]): Error {
  return usageError(
    `Cannot show "${name}": there is no such document`,
    `${didYouMean(name, names)}There are: ${names.join(", ")}.`,
  );
}
