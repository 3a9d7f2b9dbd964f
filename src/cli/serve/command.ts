import type { Command } from "commander";
import { collectValues } from "../options/collect-values.ts";
import type { ServeFlags } from "./run-serve.ts";
import { addJsonOption } from "../output/json/json-option.ts";
import type { Terminal } from "../terminal.ts";

const examples = `
Examples:
  A registry for this machine, and the main job into it:
    airgap-load serve --data /srv/images
    airgap-load --registry 127.0.0.1:5000 --arm64 k3s-airgap-images-arm64.tar.gz
  For others, with TLS and passwords for pushing:
    airgap-load serve --data /srv/images --listen :5000 --tls-cert cert.pem --tls-key key.pem \\
      --htpasswd users --allow-anonymous-pull
`;

/** Adds the embedded registry (decision 22). */
export function addServeCommand(
  program: Command,
  terminal: Terminal,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command("serve")
    .summary("run a small registry over a directory")
    .description(
      "Serves a directory as a registry: one that was served before, one that --to has written, any OCI image layout whose images have names, or an empty one.",
    )
    .addHelpText("after", examples)
    .requiredOption("--data <folder>", "where the images are, or are to be: an OCI image layout")
    .option("--listen <address:port>", "where to listen; :5000 is every address", "127.0.0.1:5000")
    .option("--tls-cert <file>", "certificate, PEM, with those that signed it behind it")
    .option("--tls-key <file>", "its key, PEM")
    .option("--plain-http", "speak http to other machines as well")
    .option("--htpasswd <file>", "allowed users: names and bcrypt hashes (htpasswd -B)")
    .option("--allow-anonymous-pull", "with --htpasswd: reading needs no password")
    .option(
      "--allowed-host <name>",
      "on loopback: also answer under this name, of a proxy or of /etc/hosts (repeatable)",
      collectValues,
    )
    .option("--read-only", "write nothing, not even to the folder")
    .option(
      "--wanted <file>",
      "keep a list of images that were asked for and are not here, for save --image-list",
    )
    .option("--verify", "read everything and check it, then end instead of serving")
    .option("--collect-garbage", "remove what nothing refers to any more, then end instead of serving")
    .option("--untagged", "with --collect-garbage: also manifests that no tag leads to")
    .option("--no-progress", "with --verify and --collect-garbage: no progress bars")
    .option("-v, --verbose", "a line for every request");
  addJsonOption(command, ", with --verify and --collect-garbage");
  command.action(async (flags: ServeFlags) => {
    const { runServe } = await import("./run-serve.ts");
    done(await runServe(flags, terminal));
  });
}
