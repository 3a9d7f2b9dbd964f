import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { startServeProcess } from "../helpers/registries/serve-process.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const root = resolve(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

/** Stand-ins for the executables, which are large: what is tried is the package around them. */
async function makeExecutables(folder: string): Promise<string> {
  await mkdir(folder);
  for (const arch of ["x64", "arm64"]) {
    const program = join(folder, `airgap-load-linux-${arch}`);
    await writeFile(program, `#!/bin/sh\nexec echo airgap-load ${arch} "$@"\n`);
    await chmod(program, 0o755);
  }
  for (const name of ["THIRD-PARTY-NOTICES.txt", "airgap-load.cdx.json"]) {
    await writeFile(join(folder, name), name);
  }
  return folder;
}

async function build(executables: string, out: string, ...args: string[]): Promise<string> {
  const script = join(root, "scripts/build-packages.mjs");
  await runProgram(process.execPath, script, "--executables", executables, "--out", out, ...args);
  return out;
}

/** dpkg over a file system of its own, whose scripts run outside of it. */
async function startDebian(): Promise<{ folder: string; dpkg: (...args: string[]) => Promise<string> }> {
  const folder = await makeTempFolder();
  for (const path of ["var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"]) {
    await mkdir(join(folder, path), { recursive: true });
  }
  await writeFile(join(folder, "var/lib/dpkg/status"), "");
  const options = [`--root=${folder}`, "--log=/dev/null", "--force-depends", "--force-script-chrootless"];
  return { folder, dpkg: (...args) => runProgram("dpkg", ...options, ...args) };
}

const unit = "usr/lib/systemd/system/airgap-load.service";

describeWith(
  findMissing("nfpm", "dpkg", "rpm", "systemd-sysusers", "systemd-analyze"),
  "the packages",
  () => {
    let work: string;
    let executables: string;
    let first: string;

    beforeAll(async () => {
      work = await mkdtemp(join(tmpdir(), "airgap-load-packages-"));
      executables = await makeExecutables(join(work, "executables"));
      first = await build(executables, join(work, "first"));
    });
    afterAll(() => rm(work, { recursive: true }));

    test("are the same bytes from the same executables", async () => {
      const second = await build(executables, await makeTempFolder());
      const names = ["amd64.deb", "amd64.rpm", "arm64.deb", "arm64.rpm"].map(
        (end) => `airgap-load_${version}_${end}`,
      );
      expect((await readdir(first)).sort()).toEqual(names);
      for (const name of names) {
        expect((await readFile(join(first, name))).equals(await readFile(join(second, name)))).toBe(true);
      }
    });

    test("bring the program, what tells of it, and a service with a user", async () => {
      const { folder, dpkg } = await startDebian();
      await dpkg("-i", join(first, `airgap-load_${version}_amd64.deb`));
      expect(await runProgram(join(folder, "usr/bin/airgap-load"), "--version")).toBe(
        "airgap-load x64 --version\n",
      );
      for (const path of [
        "usr/share/man/man1/airgap-load.1.gz",
        "usr/share/bash-completion/completions/airgap-load",
        "usr/share/zsh/vendor-completions/_airgap-load",
        "usr/share/fish/vendor_completions.d/airgap-load.fish",
        "usr/share/doc/airgap-load/copyright",
        "usr/share/doc/airgap-load/THIRD-PARTY-NOTICES.txt",
        "usr/share/doc/airgap-load/airgap-load.cdx.json",
        unit,
      ]) {
        expect((await stat(join(folder, path))).mode & 0o777).toBe(0o644);
      }
      expect(await readFile(join(folder, "etc/passwd"), "utf8")).toMatch(/^airgap-load:.*nologin$/m);
    });

    test("keep the settings through an upgrade, and leave nothing of their own behind when removed", async () => {
      const { folder, dpkg } = await startDebian();
      await dpkg("-i", join(first, `airgap-load_${version}_amd64.deb`));
      const settings = join(folder, "etc/airgap-load/serve.conf");
      await writeFile(settings, "SERVE_OPTIONS=--read-only\n");
      const newer = await build(
        executables,
        await makeTempFolder(),
        "--version",
        "99.0.0",
        "--arch",
        "amd64",
        "--format",
        "deb",
      );
      await dpkg("-i", join(newer, "airgap-load_99.0.0_amd64.deb"));
      expect(await readFile(settings, "utf8")).toBe("SERVE_OPTIONS=--read-only\n");
      await dpkg("-r", "airgap-load");
      await dpkg("-P", "airgap-load");
      const left = await readdir(folder, { recursive: true });
      expect(left.filter((path) => /airgap-load/.test(path))).toEqual([]);
    });

    test("have a unit that systemd takes, and whose command line serves", async () => {
      const folder = await makeTempFolder();
      const program = join(executables, "airgap-load-linux-x64");
      const text = await readFile(join(root, "samples/systemd/airgap-load.service"), "utf8");
      const checked = join(folder, "airgap-load.service");
      await writeFile(
        checked,
        text.replace("/usr/bin/airgap-load", program).replace(/^Documentation=.*$/m, ""),
      );
      await runProgram("systemd-analyze", "verify", checked);

      const settings = parseEnv(await readFile(join(root, "samples/systemd/serve.conf"), "utf8"));
      const words = /^ExecStart=\S+ (serve .*) \$SERVE_OPTIONS$/m.exec(text)?.[1]?.split(" ");
      expect(words).toEqual(["serve", "--data", "/var/lib/airgap-load"]);
      expect(settings).toEqual({ SERVE_OPTIONS: "--listen 127.0.0.1:5000" });
      const served = await startServeProcess(join(folder, "data"));
      expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
      expect(await served.stop()).toBe(0);
    });

    test("hold the same in both forms", async () => {
      const rpm = await runProgram("rpm", "-qpl", join(first, `airgap-load_${version}_arm64.rpm`));
      const { dpkg } = await startDebian();
      await dpkg("-i", join(first, `airgap-load_${version}_amd64.deb`));
      const listed = (await dpkg("-L", "airgap-load")).trim().split("\n");
      const files = listed.filter(
        (path) => !listed.some((other) => other.startsWith(`${path}/`)) && path !== "/.",
      );
      expect(rpm.trim().split("\n").sort()).toEqual(
        files.map((path) => path.replace("vendor-completions", "site-functions")).sort(),
      );
    });
  },
);
