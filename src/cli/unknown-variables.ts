import type { Command } from "commander";
import type { Notice } from "../content/notice.ts";
import { findSimilarWord } from "../content/find-similar-word.ts";
import { variableOf } from "./options/bind-environment.ts";

/**
 * A warning for each variable that looks like one of ours and stands for no option of any command, with the one that was probably
 * meant. Values are not told: they may be secrets.
 */
export function sayUnknownVariables(program: Command, action: Command, env: NodeJS.ProcessEnv): Notice[] {
  const options = listVariables(program);
  const passwords = ["passwordEnv", "srcPasswordEnv"].map((name): unknown => action.getOptionValue(name));
  const known = new Set<unknown>([...options, ...passwords]);
  return Object.keys(env)
    .filter((name) => name.startsWith("AIRGAP_LOAD_") && !known.has(name))
    .map((name) => {
      const meant = findSimilarWord(name, options);
      const text = `the variable ${name} stands for no option${meant ? `: is ${meant} meant?` : ""}`;
      return { severity: "warning", text };
    });
}

function listVariables(command: Command): string[] {
  return [...command.options.map(variableOf), ...command.commands.flatMap(listVariables)];
}
