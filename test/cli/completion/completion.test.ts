import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Argument, Command, Option } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { completeShell } from "../../../src/cli/completion/complete-shell.ts";
import { describeProgram } from "../../../src/cli/completion/describe-program.ts";
import { describeWith } from "../../helpers/judges/describe-with.ts";
import { findMissing } from "../../helpers/processes/installed.ts";
import { runCli } from "../../helpers/processes/run-cli.ts";
import { runProgram } from "../../helpers/processes/run-program.ts";
import { zshOffers } from "../../helpers/processes/zsh-offers.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

describe("completion in bash", () => {
  let script: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "airgap-load-test-"));
    script = join(folder, "completion.bash");
    await writeFile(script, (await runCli(["completion", "bash"])).stdout);
    await mkdir(join(folder, "a folder"));
    await writeFile(join(folder, "a-file.tar"), "");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("is a script that bash can read", async () => {
    expect(await runProgram("bash", "-n", script)).toBe("");
  });

  test("is registered for airgap-load, with files where it offers nothing", async () => {
    const registered = await runProgram("bash", "-c", 'source "$1"; complete -p airgap-load', "bash", script);
    expect(registered).toBe("complete -o default -F _airgap_load airgap-load\n");
  });

  test.each([
    { typed: [""], offered: expect.arrayContaining(["load", "inspect", "serve", "completion"]) },
    { typed: ["in"], offered: ["inspect", "inventory"] },
    { typed: ["--lay"], offered: ["--layer-compression"] },
    { typed: ["--vers"], offered: ["--version"] },
    { typed: ["load", "--on-e"], offered: ["--on-existing"] },
    { typed: ["--on-existing", ""], offered: ["merge", "replace", "fail"] },
    { typed: ["--registry", "host", "--fix-config", "a"], offered: ["auto", "always"] },
    { typed: ["--output", "=", "js"], offered: ["json"] },
    { typed: ["--output", "="], offered: ["table", "json", "digests"] },
    { typed: ["--to", "a"], offered: ["a folder"] },
    { typed: ["serve", "--allow-"], offered: ["--allow-anonymous-pull"] },
    { typed: ["serve", "--data", ""], offered: ["a folder"] },
    { typed: ["completion", "z"], offered: ["zsh"] },
    { typed: ["--amd64", "a"], offered: [] },
    { typed: ["--archive", "linux/arm/v6", "=", "a"], offered: [] },
    { typed: ["--registry", ""], offered: [] },
    { typed: ["serve", "--regis"], offered: [] },
  ])("offers $offered for $typed", async ({ typed, offered }) => {
    const complete = `source "$1"; cd "$2"; shift 2; COMP_WORDS=(airgap-load "$@"); COMP_CWORD=$#
      _airgap_load; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const answer = await runProgram("bash", "-c", complete, "bash", script, folder, ...typed);
    expect(answer.split("\n").filter(Boolean)).toEqual(offered);
  });
});

describe.each([
  { shell: "zsh", check: ["-n"] },
  { shell: "fish", check: ["--no-execute"] },
])("completion in $shell", ({ shell, check }) => {
  describeWith(findMissing(shell), shell, () => {
    test("can read the script", async () => {
      const script = join(await makeTempFolder(), "completion");
      await writeFile(script, (await runCli(["completion", shell])).stdout);
      expect(await runProgram(shell, ...check, script)).toBe("");
    });
  });
});

describeWith(findMissing("zsh"), "zsh", () => {
  let script: string;
  beforeAll(async () => {
    script = join(await mkdtemp(join(tmpdir(), "airgap-load-test-")), "completion.zsh");
    await writeFile(script, (await runCli(["completion", "zsh"])).stdout);
  });
  afterAll(() => rm(dirname(script), { recursive: true, force: true }));

  test.each([
    ["airgap-load ser", ["serve"]],
    ["airgap-load --on-exis", ["--on-existing"]],
    ["airgap-load --on-existing ", ["merge", "replace", "fail"]],
    ["airgap-load --on-existing=", ["merge", "replace", "fail"]],
    ["airgap-load -r host --fix-config=a", ["auto", "always"]],
    ["airgap-load serve --allow-a", ["--allow-anonymous-pull"]],
    ["airgap-load save --compression=g", ["gzip"]],
    ["airgap-load manifest ann", ["annotate"]],
    ["airgap-load manifest create --plain", ["--plain-http"]],
    ["airgap-load completion z", ["zsh"]],
  ])("zsh offers for %s: %s", async (line, offered) => {
    expect(await zshOffers(script, line)).toEqual(offered);
  });
});

test("zsh is told of commands, options and the kind of their values", () => {
  expect(completeShell("zsh", describeProgram(createExample()))).toMatchInlineSnapshot(`
    "#compdef airgap-load
    # zsh completion of airgap-load: airgap-load completion zsh > "\${fpath[1]}/_airgap-load"
    _airgap_load() {
      local line=" \${(j: :)words[2,CURRENT-1]} "
      case $line in
      ' list create '*)
        shift 2 words
        (( CURRENT -= 2 ))
        _arguments -s : \\
          '*--temp-dir=[temp files]:folder:_files -/' \\
          '*'{-h,--help}'[display help for command]'
        ;;
      ' list '*)
        shift 1 words
        (( CURRENT -= 1 ))
        if ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then
          compadd create
        fi
        _arguments -s : \\
          '*'{-h,--help}'[display help for command]'
        ;;
      ' completion '*)
        shift 1 words
        (( CURRENT -= 1 ))
        if ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then
          compadd bash zsh
        fi
        _arguments -s : \\
          '*'{-h,--help}'[display help for command]'
        ;;
      *)
        if ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then
          compadd load list completion
        fi
        _arguments -s : \\
          '*'{-r,--registry=}'[where to\\: a host]:host\\[\\:port\\]:' \\
          '*--ca-file=[certificates]:file:_files' \\
          '*--output=[form]:form:(table json)' \\
          '*'{-h,--help}'[display help for command]' \\
          '*'{-V,--version}'[output the version number]' \\
          '*:file:_files'
        ;;
      esac
    }
    if [[ \${funcstack[1]} == _airgap-load ]]; then
      _airgap_load "$@"
    else
      compdef _airgap_load airgap-load
    fi
    "
  `);
});

test("fish is told of commands, options and the kind of their values", () => {
  expect(completeShell("fish", describeProgram(createExample()))).toMatchInlineSnapshot(`
    "# fish completion of airgap-load: airgap-load completion fish | source
    complete -c airgap-load -n '__fish_use_subcommand' -a load -d 'load it\\'s [images]'
    complete -c airgap-load -n '__fish_use_subcommand' -a list -d 'work on lists'
    complete -c airgap-load -n '__fish_use_subcommand' -a completion -d 'print a script'
    complete -c airgap-load -n '__fish_use_subcommand' -s V -l version -d 'output the version number'
    complete -c airgap-load -n '__fish_use_subcommand' -s h -l help -d 'display help for command'
    complete -c airgap-load -n '__fish_seen_subcommand_from completion; and not __fish_seen_subcommand_from bash zsh' -a bash
    complete -c airgap-load -n '__fish_seen_subcommand_from completion; and not __fish_seen_subcommand_from bash zsh' -a zsh
    complete -c airgap-load -n '__fish_seen_subcommand_from completion' -s h -l help -d 'display help for command'
    complete -c airgap-load -n '__fish_seen_subcommand_from list; and not __fish_seen_subcommand_from create' -a create -d 'make one'
    complete -c airgap-load -n '__fish_seen_subcommand_from list' -s h -l help -d 'display help for command'
    complete -c airgap-load -n '__fish_seen_subcommand_from list; and __fish_seen_subcommand_from create' -l temp-dir -x -a '(__fish_complete_directories)' -d 'temp files'
    complete -c airgap-load -n '__fish_seen_subcommand_from list; and __fish_seen_subcommand_from create' -s h -l help -d 'display help for command'
    complete -c airgap-load -n 'not __fish_seen_subcommand_from list completion' -s r -l registry -x -d 'where to: a host'
    complete -c airgap-load -n 'not __fish_seen_subcommand_from list completion' -l ca-file -r -F -d 'certificates'
    complete -c airgap-load -n 'not __fish_seen_subcommand_from list completion' -l output -x -a 'table json' -d 'form'
    complete -c airgap-load -n 'not __fish_seen_subcommand_from list completion' -s h -l help -d 'display help for command'
    "
  `);
});

/** One of each: a default command, a command below another, and options of every kind. */
function createExample(): Command {
  const program = new Command("airgap-load").description("Loads images.").version("1.0.0");
  program
    .command("load", { isDefault: true })
    .description("load it's [images]")
    .argument("[file...]", "archives")
    .option("-r, --registry <host[:port]>", "where to: a host")
    .option("--ca-file <file>", "certificates")
    .addOption(new Option("--output <form>", "form").choices(["table", "json"]));
  const list = program.command("list").description("work on lists");
  list.command("create").description("make one").option("--temp-dir <folder>", "temp files");
  program
    .command("completion")
    .description("print a script")
    .addArgument(new Argument("<shell>", "a shell").choices(["bash", "zsh"]));
  return program;
}
