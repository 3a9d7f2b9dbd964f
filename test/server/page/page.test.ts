import { utimes } from "node:fs/promises";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildIndex } from "../../../src/oci/manifest.ts";
import { type RegistryServer, startRegistryServer } from "../../../src/server/registry-server.ts";
import type { ContentStorage } from "../../../src/storage/content-storage.ts";
import { collectGarbage } from "../../../src/storage/directory/collect-garbage.ts";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { type Browser, missingChromium, startChromium } from "../../helpers/judges/chromium.ts";
import { describeWith } from "../../helpers/judges/describe-with.ts";
import { suggestRegistriesYaml } from "../../../src/server/page/registries-yaml.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import { send } from "../../helpers/registries/send.ts";
import { storeImage } from "../../helpers/archives/store-image.ts";

async function startServer(storage: ContentStorage): Promise<RegistryServer> {
  return startRegistryServer({ storage, listen: { host: "127.0.0.1", port: 0 } });
}

/** A list of two architectures with their tags, and a list whose attestation is for no platform. */
async function fill(storage: MemoryStorage): Promise<void> {
  const [arm64, amd64] = [
    await storeImage(storage, "rancher/klipper-lb", "a", "v0.4.0-arm64"),
    await storeImage(storage, "rancher/klipper-lb", "b"),
  ];
  const entries = [
    { ...amd64.descriptor, platform: { os: "linux", architecture: "amd64" } },
    { ...arm64.descriptor, platform: { os: "linux", architecture: "arm64" } },
  ];
  await storage.writeManifest("rancher/klipper-lb", buildIndex("oci", entries), "v0.4.0");
  const arm = await storeImage(storage, "library/busybox", "c");
  const unknown = { ...arm.descriptor, platform: { os: "unknown", architecture: "unknown" } };
  const v7 = { ...arm.descriptor, platform: { os: "linux", architecture: "arm", variant: "v7" } };
  await storage.writeManifest("library/busybox", buildIndex("oci", [v7, unknown]), "1.36");
}

describe("what the page says", () => {
  test("repositories, tags and digests, and nothing that could run", async () => {
    const storage = new MemoryStorage();
    await fill(storage);
    await using server = disposable(await startServer(storage));
    const answer = await send("GET", server.url);
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const index = await storage.readManifest("rancher/klipper-lb", "v0.4.0");
    for (const text of ["rancher/klipper-lb", "v0.4.0", "linux/arm/v7", index?.descriptor.digest ?? ""]) {
      expect(answer.text).toContain(text);
    }
    expect(answer.text).toContain(`docker pull ${new URL(server.url).host}/library/busybox:1.36`);
    expect(answer.text).not.toContain("unknown");
  });

  test("what a stranger sends is shown as text", async () => {
    const listen = { host: "0.0.0.0", port: 0 };
    await using server = disposable(
      await startRegistryServer({ storage: new MemoryStorage(), listen, plainHttp: true }),
    );
    const headers = { host: '"><script>alert(1)</script>' };
    const answer = await send(
      "GET",
      `http://127.0.0.1:${server.address.port}/?q=${encodeURIComponent('"><b>')}`,
      { headers },
    );
    expect(answer.text).not.toContain("<b>");
    expect(answer.text).not.toContain("alert(1)");
    expect(answer.text).toContain("&quot;&gt;&lt;b&gt;");
  });

  test("when tags were pushed, how much is kept, and when garbage was collected", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    await storeImage(storage, "a/b", "1", "v1");
    const pushed = new Date("2026-03-04T05:06:07Z");
    await utimes(storage.paths.tag("a/b", "v1"), pushed, pushed);
    await using server = disposable(await startServer(storage));
    const before = (await send("GET", server.url)).text;
    expect(before).toMatch(/<td [^>]*>2026-03-04 05:06<\/td>/);
    expect(before).toMatch(/<p>\d+ B in 3 blobs, [\d.]+ .B free; garbage was never collected yet<\/p>/);
    await collectGarbage(storage);
    const now = new Date().toISOString().slice(0, 10);
    expect((await send("GET", server.url)).text).toContain(`garbage was last collected ${now} `);
  });

  test("an image is one row: the tags of a list's own images are folded into it", async () => {
    const storage = new MemoryStorage();
    await fill(storage);
    const loose = await storeImage(storage, "rancher/klipper-lb", "z", "v0.4.0-rc1");
    await using server = disposable(await startServer(storage));
    const { text } = await send("GET", server.url);
    expect([text.includes("v0.4.0-arm64"), text.includes("v0.4.0-rc1")]).toEqual([false, true]);
    for (const search of ["KLIPPER", "v0.4.0-arm", "linux/amd64", loose.descriptor.digest.slice(0, 20)]) {
      const found = (await send("GET", `${server.url}/?q=${encodeURIComponent(search)}`)).text;
      expect([search, found.includes("rancher/klipper-lb"), found.includes("library/busybox")]).toEqual([
        search,
        true,
        false,
      ]);
    }
  });

  test("k3s's lines have a place for the CA and the password where they are needed", () => {
    expect(parse(suggestRegistriesYaml("registry.site:5000", "https", true))).toMatchObject({
      configs: {
        "registry.site:5000": {
          auth: { username: "NAME", password: "PASSWORD" },
          tls: { ca_file: "/etc/ssl/certs/registry-ca.pem" },
        },
      },
    });
    expect(parse(suggestRegistriesYaml("127.0.0.1:5000", "http", false))).not.toHaveProperty("configs");
  });

  test("a search narrows it, and many repositories come in pages", async () => {
    const storage = new MemoryStorage();
    for (let i = 0; i < 60; i++) {
      await storeImage(storage, `app/n${String(i).padStart(2, "0")}`, String(i), "v1");
    }
    await using server = disposable(await startServer(storage));
    const first = (await send("GET", server.url)).text;
    expect([first.includes("app/n49"), first.includes("app/n50")]).toEqual([true, false]);
    const next = /href="(\?[^"]+)"/.exec(first)?.[1] ?? "";
    expect((await send("GET", `${server.url}/${next}`)).text).toContain("app/n59");
    const found = (await send("GET", `${server.url}/?q=N5`)).text;
    expect(found).toContain("10 repositories with &quot;N5&quot;");
  });
});

describeWith(missingChromium, "the page in a browser", () => {
  let browser: Browser;
  let server: RegistryServer;
  beforeAll(async () => {
    const storage = new MemoryStorage();
    await fill(storage);
    server = await startServer(storage);
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser.stop();
    await server.stop(0);
  });

  test("the matrix has a column for every platform and a mark where an image is", async () => {
    const page = await browser.open(server.url);
    const rows = `[...document.querySelectorAll('[id="rancher/klipper-lb"] tr')].map((row) => [...row.cells].slice(0, 3).map((cell) => cell.textContent.slice(0, 11)))`;
    expect(await page.evaluate(rows)).toEqual([
      ["Tag", "linux/amd64", "linux/arm64"],
      ["v0.4.0", "✓ 552 B", "✓ 552 B"],
    ]);
    expect(page.problems).toEqual([]);
  });

  test("a button copies what it stands beside", async () => {
    const page = await browser.open(server.url);
    const button = `document.querySelector('button[data-copy^="docker pull"]')`;
    expect(
      await page.evaluate(
        `new Promise((done) => {
          new MutationObserver(() => done(${button}.textContent)).observe(${button}, { childList: true, characterData: true, subtree: true });
          ${button}.click();
        })`,
      ),
    ).toBe("copied");
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(
      `docker pull ${new URL(server.url).host}/library/busybox:1.36`,
    );
    expect(page.problems).toEqual([]);
  });

  test.each([390, 800, 1400])(
    "a screen %i wide needs no sideways scrolling, neither of the page nor of a table",
    async (width) => {
      const page = await browser.open(server.url, { width });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      const hidden = `[...document.querySelectorAll("details > div")].filter((box) => box.scrollWidth > box.clientWidth).length`;
      expect(await page.evaluate(hidden)).toBe(0);
    },
  );

  test("dark and light follow the reader", async () => {
    const background =
      "getComputedStyle(document.documentElement).colorScheme && matchMedia('(prefers-color-scheme: dark)').matches";
    const accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent')";
    const [light, dark] = [await browser.open(server.url), await browser.open(server.url, { dark: true })];
    expect([await light.evaluate(background), await dark.evaluate(background)]).toEqual([false, true]);
    expect(await light.evaluate(accent)).not.toBe(await dark.evaluate(accent));
  });

  test("k3s's lines are those of this host", async () => {
    const page = await browser.open(server.url);
    expect(await page.evaluate(`document.getElementById("registries-yaml").textContent`)).toBe(
      [
        "mirrors:",
        "  docker.io:",
        "    endpoint:",
        `      - "${server.url}"`,
        `  "${new URL(server.url).host}":`,
        "    endpoint:",
        `      - "${server.url}"`,
        "",
      ].join("\n"),
    );
  });
});

function disposable(server: RegistryServer): RegistryServer & AsyncDisposable {
  return { ...server, [Symbol.asyncDispose]: () => server.stop(0) };
}
