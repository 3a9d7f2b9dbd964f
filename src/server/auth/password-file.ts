import { decodeText } from "../../content/decode-text.ts";
import { describeFileError } from "../../content/file-error.ts";
import { createHmac, randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { compare } from "bcryptjs";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";

/** What a name is compared with where nobody is in the file. */
const nobody = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8.NVXB7X0oF0VjA9Nq2mV6d3bC1l2e";

/** A bcrypt takes a tenth of a second of this process's time: more guesses than this at once are turned away. */
const maxWaiting = 20;

/**
 * Users and their bcrypt hashes, one `name:hash` a line, as `htpasswd -B` writes them; read again when the file changes.
 * A password that was right once is remembered, as a keyed hash, since every request brings it again.
 */
export class PasswordFile {
  readonly #path: string;
  readonly #key = randomBytes(32);
  readonly #known = new Set<string>();
  #hashes: ReadonlyMap<string, string> = new Map();
  #modified = -1;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** Throws `HTPASSWD_INVALID` where the file cannot be read or holds other hashes. */
  static async open(path: string): Promise<PasswordFile> {
    const file = new PasswordFile(path);
    await file.#refresh();
    return file;
  }

  private constructor(path: string) {
    this.#path = path;
  }

  async #refresh(): Promise<void> {
    try {
      const { mtimeMs } = await stat(this.#path);
      if (mtimeMs === this.#modified) return;
      this.#hashes = parsePasswords(decodeText(await readFile(this.#path)), this.#path);
      this.#modified = mtimeMs;
      this.#known.clear();
    } catch (cause) {
      if (cause instanceof AirgapError) throw cause;
      throw invalidFile(this.#path, describeFileError(cause));
    }
  }

  /** Whether name and password are right; undefined where too many others are being checked. */
  async check(name: string, password: string): Promise<boolean | undefined> {
    await this.#refresh();
    const hash = this.#hashes.get(name);
    const key = createHmac("sha256", this.#key).update(`${hash}\0${password}`).digest("base64");
    if (this.#known.has(key)) return true;
    if (this.#waiting >= maxWaiting) return undefined;
    const isRight = (await this.#compare(password, hash ?? this.#standIn(name))) && hash !== undefined;
    if (isRight) this.#known.add(key);
    return isRight;
  }

  /** A user's hash, or undefined for one who is not in the file. */
  async hashOf(name: string): Promise<string | undefined> {
    await this.#refresh();
    return this.#hashes.get(name);
  }

  /**
   * What a name that is not in the file is compared with: always the same one's hash, so that it takes as long as a name
   * that is, whatever the costs of the hashes are.
   */
  #standIn(name: string): string {
    const hashes = [...this.#hashes.values()];
    const choice = createHmac("sha256", this.#key).update(name).digest().readUInt32BE();
    return hashes[choice % hashes.length] ?? nobody;
  }

  async #compare(password: string, hash: string): Promise<boolean> {
    this.#waiting++;
    const compared = this.#turn.then(() => compare(password, hash));
    this.#turn = compared.catch(() => {});
    try {
      return await compared;
    } finally {
      this.#waiting--;
    }
  }
}

function parsePasswords(text: string, path: string): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const hash = line.slice(colon + 1).trim();
    if (colon < 1 || !/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash)) {
      throw invalidFile(path, `line ${index + 1} is not a name and a bcrypt hash`);
    }
    hashes.set(line.slice(0, colon), hash);
  }
  return hashes;
}

function invalidFile(path: string, detail: string): AirgapError {
  return new AirgapError(
    "HTPASSWD_INVALID",
    `Cannot use --htpasswd "${printable(path)}": ${printable(detail)}`,
    {
      exit: "configuration",
      hint: "htpasswd -B -c FILE NAME makes one.",
    },
  );
}
