import { spawn } from "node:child_process";
import { asObject, asOptionalString, parseJson } from "../../oci/json.ts";
import { printable } from "../../oci/printable.ts";
import type { Credentials } from "./credentials.ts";
import { note, type OnNotice } from "../../content/notice.ts";

export interface CredentialHelperOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onNotice: OnNotice;
}

const timeout = 30_000;
const outputLimit = 64 * 1024;

/**
 * Asks `docker-credential-NAME get` for what it keeps for a server (docker-credential-helpers' protocol: the server on
 * standard input, JSON back). A helper that fails is worth a line, never the end of the run: other places may know.
 */
export async function askCredentialHelper(
  name: string,
  servers: readonly string[],
  options: CredentialHelperOptions,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  for (const server of servers) {
    try {
      const credentials = await get(program, server, options.env);
      if (credentials) return credentials;
    } catch (error) {
      options.onNotice(
        note(
          `Credential helper "${printable(program)}" is ignored: ${printable(error instanceof Error ? error.message : String(error))}`,
        ),
      );
      return undefined;
    }
  }
  return undefined;
}

async function get(
  program: string,
  server: string,
  env: CredentialHelperOptions["env"],
): Promise<Credentials | undefined> {
  // A path in place of a name would run any program.
  if (!/^[\w.-]+$/.test(program)) throw new Error("its name is not a plain word");
  const { code, output, errors } = await run(program, server, env);
  if (code !== 0) {
    const says = [output, errors]
      .map((text) => text.trim())
      .filter(Boolean)
      .join(" ");
    if (/credentials not found/i.test(says)) return undefined;
    throw new Error(`it ended with ${code}${says ? `, saying: ${printable(says, 300)}` : ""}`);
  }
  const { username, secret } = parseAnswer(output, program);
  if (secret === undefined) return undefined;
  return username === "<token>" ? { identityToken: secret } : { username, password: secret };
}

/** A parser's own errors quote what they read, here a secret: they are not passed on. */
function parseAnswer(
  output: string,
  program: string,
): { username?: string | undefined; secret?: string | undefined } {
  try {
    const answer = asObject(parseJson(Buffer.from(output), { what: program }), program);
    return {
      username: asOptionalString(answer.get("Username"), program),
      secret: asOptionalString(answer.get("Secret"), program),
    };
  } catch {
    throw new Error("its answer is not the JSON of the protocol");
  }
}

async function run(
  program: string,
  input: string,
  env: CredentialHelperOptions["env"],
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(program, ["get"], { env, stdio: ["pipe", "pipe", "pipe"] });
  // Node's own timeout for it would keep the process from ending where the program is missing.
  const late = setTimeout(() => child.kill(), timeout).unref();
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearTimeout(late));
  closed.catch(() => undefined);
  child.stdin.on("error", () => undefined).end(input);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-outputLimit);
  });
  let output = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    output += String(chunk);
    if (output.length > outputLimit) {
      child.kill();
      throw new Error("it answers without end");
    }
  }
  return { code: await closed, output, errors };
}
