import { shortDigest } from "../../oci/digest.ts";
import { formatBytes } from "../../content/byte-size.ts";
import type { StorageUsage } from "../../storage/content-storage.ts";
import { type Html, html } from "./html.ts";
import { script, style } from "./page-assets.ts";
import { suggestRegistriesYaml } from "./registries-yaml.ts";
import type { Wanted } from "../wanted/wanted-list.ts";
import type { TagSummary } from "./summarize-tag.ts";

export interface RepositorySummary {
  readonly name: string;
  readonly tags: readonly TagSummary[];
}

export interface PageContent {
  /** As the browser named it: `registry.site:5000`. */
  readonly host: string;
  readonly scheme: "http" | "https";
  /** Whether the reader had to give a password, as nodes will have to. */
  readonly isSignedIn: boolean;
  /** What the search asked for; empty for all. */
  readonly search: string;
  /** Repositories there are, or that the search found. */
  readonly total: number;
  readonly repositories: readonly RepositorySummary[];
  /** Query of the next page, where there is one. */
  readonly next: string | undefined;
  /** What was asked for and is not there, most recently asked for last. */
  readonly wanted: readonly Wanted[];
  readonly usage: StorageUsage;
}

/** The page at `/`: what is here, and how to pull it. */
export function renderPage(content: PageContent): string {
  const { host, total, search, repositories, next } = content;
  const found = search === "" ? "" : ` with "${search}"`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${host}</title>
        ${{ markup: `<style>${style}</style>` }}
      </head>
      <body>
        <header>
          <h1>${host}</h1>
          <form role="search">
            <input
              name="q"
              type="search"
              value="${search}"
              placeholder="Name, tag, platform or digest"
              aria-label="Search names, tags, platforms and digests"
            />
            <button>Search</button>
          </form>
        </header>
        <p>${total} ${total === 1 ? "repository" : "repositories"}${found}</p>
        <p>${describeUsage(content.usage)}</p>
        ${renderSetup(content)} ${renderWanted(content)}
        <main>${repositories.map((repository) => renderRepository(repository, host))}</main>
        ${next === undefined ? "" : html`<nav><a href="?${next}">More repositories</a></nav>`}
        <footer>airgap-load serve</footer>
        ${{ markup: `<script>${script}</script>` }}
      </body>
    </html> `.markup;
}

function describeUsage({ blobs, bytes, free, collectedAt }: StorageUsage): string {
  const room = free === undefined ? "" : `, ${formatBytes(free)} free`;
  const collected = collectedAt ? `last collected ${formatTime(collectedAt)} UTC` : "never collected yet";
  return `${formatBytes(bytes)} in ${blobs} ${blobs === 1 ? "blob" : "blobs"}${room}; garbage was ${collected}`;
}

function formatTime(time: Date): string {
  return time.toISOString().slice(0, 16).replace("T", " ");
}

function renderSetup({ host, scheme, isSignedIn }: PageContent): Html {
  const yaml = suggestRegistriesYaml(host, scheme, isSignedIn);
  return html`<details>
    <summary><h2>Use it from k3s or RKE2</h2></summary>
    <div>
      <p>
        On every node, in <code>/etc/rancher/k3s/registries.yaml</code> (RKE2:
        <code>/etc/rancher/rke2/registries.yaml</code>), then restart the service:
      </p>
      <pre id="registries-yaml">${yaml}</pre>
      ${copyButton("Copy lines", yaml)}
    </div>
  </details>`;
}

/** The last of them: the file has all. */
const shownWanted = 100;

function renderWanted({ wanted }: PageContent): Html {
  if (!wanted.length) return html``;
  const rows = wanted
    .slice(-shownWanted)
    .toReversed()
    .map(
      ({ name, count, last }) =>
        html`<tr>
          <th scope="row">${name}</th>
          <td data-label="Times">${count}</td>
          <td data-label="Last (UTC)">${formatTime(last)}</td>
        </tr>`,
    );
  return html`<details id="wanted">
    <summary>
      <h2>Asked for and not here</h2>
      <small>${wanted.length}</small>
    </summary>
    <div>
      <table>
        <thead>
          <tr>
            <th scope="col">Image</th>
            <th scope="col">Times</th>
            <th scope="col">Last (UTC)</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </details>`;
}

function renderRepository({ name, tags }: RepositorySummary, host: string): Html {
  const platforms = [...new Set(tags.flatMap((tag) => [...tag.platforms.keys()]))];
  const count = `${tags.length} ${tags.length === 1 ? "tag" : "tags"}`;
  return html`<details open id="${name}">
    <summary>
      <h2>${name}</h2>
      <small>${count}</small>
    </summary>
    <div>
      <table>
        <thead>
          <tr>
            <th scope="col">Tag</th>
            ${platforms.map((platform) => html`<th scope="col">${platform}</th>`)}
            <th scope="col">Size</th>
            <th scope="col">Pushed (UTC)</th>
            <th scope="col">Digest</th>
            <th scope="col">Pull</th>
          </tr>
        </thead>
        <tbody>
          ${tags.map((tag) => renderTag(tag, platforms, `${host}/${name}`))}
        </tbody>
      </table>
    </div>
  </details>`;
}

function renderTag(tag: TagSummary, platforms: readonly string[], repository: string): Html {
  const reference = `${repository}:${tag.tag}`;
  return html`<tr>
    <th scope="row">${tag.tag}</th>
    ${platforms.map((platform) => renderCell(platform, tag.platforms.get(platform)))}
    <td data-label="Size">${formatBytes(tag.size)}</td>
    <td data-label="Pushed (UTC)">${tag.pushedAt ? formatTime(tag.pushedAt) : "–"}</td>
    <td data-label="Digest">
      ${copyButton("Copy", tag.digest)} <code title="${tag.digest}">${shortDigest(tag.digest)}</code>
    </td>
    <td class="pull" data-label="Pull">
      ${copyButton("Copy", `docker pull ${reference}`)} <code>docker pull ${reference}</code>
    </td>
  </tr>`;
}

function renderCell(platform: string, size: number | undefined): Html {
  return size === undefined
    ? html`<td class="no" data-label="${platform}">–</td>`
    : html`<td data-label="${platform}">✓ ${formatBytes(size)}</td>`;
}

function copyButton(label: string, text: string): Html {
  return html`<button type="button" data-copy="${text}">${label}</button>`;
}
