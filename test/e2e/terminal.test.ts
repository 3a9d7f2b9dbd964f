import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { programCommand } from "../helpers/processes/program-command.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

const run = promisify(execFile);

describeWith(findMissing("tmux"), "what a terminal shows", () => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startTestRegistry();
  });
  afterEach(() => registry.stop());

  test.each([60, 80, 200])(
    "at %i columns, also after another width: every warning whole, bars while it lasts",
    async (columns) => {
      const socket = `airgap-load-${randomUUID()}`;
      const tmux = async (...args: string[]): Promise<string> =>
        (await run("tmux", ["-L", socket, ...args])).stdout;
      const command = [...programCommand, "--registry", registry.host, ...k3sFlags("docker20", ["arm64"])];
      const quoted = command.map((word) => `'${word}'`).join(" ");
      try {
        await tmux(
          "new-session",
          "-d",
          "-x",
          `${columns}`,
          "-y",
          "100",
          `${quoted}; tmux -L ${socket} wait-for -S ended; sleep 60`,
        );
        await tmux("resize-window", "-x", `${columns + 7}`, "-y", "100");
        await tmux("wait-for", "ended");
        const screen = await tmux("capture-pane", "-p", "-J", "-S", "-200");
        expect(screen.match(/^warning: 3 images: .*, config repaired$/gm)).toHaveLength(1);
        expect(screen.match(/^ {2}rancher\/.* becomes [0-9a-f]{12}$/gm)).toHaveLength(3);
        expect(screen).toContain("8 images for ");
        expect(await tmux("display-message", "-p", "#{cursor_flag} #{wrap_flag}")).toBe("1 1\n");
      } finally {
        await tmux("kill-server");
      }
    },
    60_000,
  );

  test("a password is asked for, and what is typed is not shown", async () => {
    const socket = `airgap-load-${randomUUID()}`;
    const tmux = async (...args: string[]): Promise<string> =>
      (await run("tmux", ["-L", socket, ...args])).stdout;
    const options = ["--registry", registry.host, "--plain-http", "--username", "me"];
    const command = [...programCommand, ...options, ...k3sFlags("docker20", ["arm64"])];
    const quoted = command.map((word) => `'${word}'`).join(" ");
    const screen = (): Promise<string> => tmux("capture-pane", "-p", "-J", "-S", "-200");
    try {
      await tmux("new-session", "-d", "-x", "100", "-y", "100", `${quoted}; echo "code $?"; sleep 60`);
      await expect.poll(screen, { timeout: 20_000 }).toContain("Password of me: ");
      await tmux("send-keys", "s3cret", "Enter");
      await expect.poll(screen, { timeout: 30_000 }).toContain("code 0");
      expect(await screen()).not.toContain("s3cret");
    } finally {
      await tmux("kill-server");
    }
  }, 60_000);
});
