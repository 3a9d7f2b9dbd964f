import { hashSync } from "bcryptjs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PasswordFile } from "../../../src/server/auth/password-file.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

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
