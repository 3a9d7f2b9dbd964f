import { expect, test } from "vitest";
import { runCli } from "../helpers/processes/run-cli.ts";

test("a variable that stands for no option is warned of, with the one that was meant and without its value", async () => {
  const { stderr } = await runCli(["--dry-run", "--offline", "/nowhere/a.tar"], {
    env: { AIRGAP_LOAD_REGSTRY: "secret", AIRGAP_LOAD_SOMETHING_ELSE: "1" },
  });
  expect(stderr).toContain(
    "warning: the variable AIRGAP_LOAD_REGSTRY stands for no option: is AIRGAP_LOAD_REGISTRY meant?\n" +
      "warning: the variable AIRGAP_LOAD_SOMETHING_ELSE stands for no option\n",
  );
  expect(stderr).not.toContain("secret");
});

test("those of any command, the password's, and one that holds a password are known", async () => {
  const { stderr } = await runCli(
    ["--dry-run", "--offline", "--password-env", "AIRGAP_LOAD_MINE", "/nowhere/a.tar"],
    { env: { AIRGAP_LOAD_MINE: "1", AIRGAP_LOAD_PASSWORD: "1", AIRGAP_LOAD_CA_FILE: "a.pem" } },
  );
  expect(stderr).not.toContain("stands for no option");
});
