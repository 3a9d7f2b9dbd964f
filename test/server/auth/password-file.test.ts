import { compare, hashSync } from "bcryptjs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { PasswordFile } from "../../../src/server/auth/password-file.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

vi.mock("bcryptjs", { spy: true });

async function openPasswords(text: string): Promise<PasswordFile> {
  const path = join(await makeTempFolder(), "htpasswd");
  await writeFile(path, text);
  return PasswordFile.open(path);
}

test("comments, blank lines and lines from Windows are read", async () => {
  const passwords = await openPasswords(
    `# users\r\n\r\nann:${hashSync("one:two", 4)}\r\nbob:${hashSync("", 4)}`,
  );
  expect(await passwords.check("ann", "one:two")).toBe(true);
  expect(await passwords.check("bob", "")).toBe(true);
  expect(await passwords.check("ann", "one")).toBe(false);
  expect(await passwords.check("", "")).toBe(false);
});

test("guesses beyond twenty at once are not even looked at", async () => {
  const passwords = await openPasswords(`ann:${hashSync("secret", 4)}\n`);
  const guesses = Array.from({ length: 200 }, (_, i) => passwords.check("ann", `guess ${i}`));
  const answers = await Promise.all(guesses);
  expect(answers.filter((answer) => answer === false).length).toBeGreaterThanOrEqual(20);
  expect(answers).toContain(undefined);
  expect(answers).not.toContain(true);
});

test("a password that was right once is not hashed again", async () => {
  const passwords = await openPasswords(`ann:${hashSync("secret", 4)}\n`);
  expect(await passwords.check("ann", "secret")).toBe(true);
  const answers = await Promise.all(Array.from({ length: 100 }, () => passwords.check("ann", "secret")));
  expect(new Set(answers)).toEqual(new Set([true]));
});

test("a name that is not there takes what one that is would take, the same each time", async () => {
  const hashes = [4, 5, 6].map((cost) => hashSync("secret", cost));
  const passwords = await openPasswords(hashes.map((hash, i) => `user${i}:${hash}\n`).join(""));
  const used = new Set<string>();
  for (let i = 0; i < 30; i++) {
    vi.mocked(compare).mockClear();
    for (const password of ["secret", "guess"]) {
      expect(await passwords.check(`nobody${i}`, password)).toBe(false);
    }
    const compared = vi.mocked(compare).mock.calls.map(([, hash]) => hash);
    expect(new Set(compared).size).toBe(1);
    for (const hash of compared) used.add(hash);
  }
  expect([...used].sort()).toEqual([...hashes].sort());
});
