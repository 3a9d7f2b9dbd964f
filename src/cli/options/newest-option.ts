import { type Command, InvalidArgumentError } from "commander";

/** How many of the tags that a pattern means are taken. */
export function addNewestOption(command: Command): void {
  command.option(
    "--newest <number>",
    "of each pattern of tags only so many, the newest versions; what is no version counts as older",
    parseCount,
  );
}

function parseCount(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("want a number from 1 on");
}
