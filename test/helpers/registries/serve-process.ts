import { createInterface } from "node:readline";
import { startCli } from "../processes/run-cli.ts";

export interface ServeProcess {
  /** `http://127.0.0.1:34567` */
  readonly url: string;
  /** `127.0.0.1:34567` */
  readonly host: string;
  readonly pid: number;
  /** Ends it, in order by default, and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `airgap-load serve` over a folder, as a process of its own, on a free loopback port. */
export async function startServeProcess(data: string, ...args: readonly string[]): Promise<ServeProcess> {
  const { child, result } = startCli(["serve", "--data", data, "--listen", "127.0.0.1:0", ...args]);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on("line", (line) => {
      const found = / at (https?:\/\/[\d.:]+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void result.then(({ stderr }) => reject(new Error(`serve did not start: ${stderr}`)));
  });
  return {
    url,
    host: new URL(url).host,
    pid: child.pid ?? 0,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      return (await result).code;
    },
  };
}
