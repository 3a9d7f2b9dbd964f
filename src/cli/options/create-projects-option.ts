import type { Command } from "commander";

/** The option as commander hands it over. */
export interface CreateProjectsFlag {
  readonly createProjects?: boolean;
}

/** Adds whether what repositories are to be in is made where it is missing. */
export function addCreateProjectsOption(command: Command): void {
  command.option(
    "--create-projects",
    "make projects and organizations that are missing, where the registry lets it (Harbor, Gitea, Quay)",
  );
}
