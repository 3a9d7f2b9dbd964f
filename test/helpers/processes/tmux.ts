import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { expect, onTestFinished } from "vitest";

const run = promisify(execFile);

/** A real terminal, with a shell in it that has job control. */
export interface RealTerminal {
  /** What it has shown so far and shows, lines that wrap put together. */
  readonly screen: () => Promise<string>;
  readonly type: (...keys: readonly string[]) => Promise<void>;
  readonly resize: (columns: number) => Promise<void>;
  /** Waits until the screen matches. */
  readonly see: (what: RegExp | string) => Promise<void>;
  /** `1 1` where the cursor is shown and lines wrap. */
  readonly modes: () => Promise<string>;
}

/** Starts bash in a terminal of so many columns, which ends with the test. */
export async function openTerminal(columns: number): Promise<RealTerminal> {
  const socket = `airgap-load-${randomUUID()}`;
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await run("tmux", ["-L", socket, "-f", "/dev/null", ...args])).stdout;
  const shell = "env -u CI -u NO_COLOR -u FORCE_COLOR PS1='ready> ' bash --norc --noprofile -i";
  await tmux("new-session", "-d", "-x", `${columns}`, "-y", "60", shell);
  onTestFinished(async () => void (await tmux("kill-server")));
  const screen = (): Promise<string> => tmux("capture-pane", "-p", "-J", "-S", "-300");
  const see = async (what: RegExp | string): Promise<void> => {
    const matching = typeof what === "string" ? expect.stringContaining(what) : expect.stringMatching(what);
    await expect.poll(screen).toEqual(matching);
  };
  await see("ready>");
  return {
    screen,
    see,
    type: async (...keys) => void (await tmux("send-keys", ...keys)),
    resize: async (width) => void (await tmux("resize-window", "-x", `${width}`, "-y", "60")),
    modes: async () => (await tmux("display-message", "-p", "#{cursor_flag} #{wrap_flag}")).trim(),
  };
}
