import { createHash } from "node:crypto";

/** The page's style sheet: no fonts, no images, nothing from elsewhere. Its hash stands in the policy: no byte may be added around it. */
export const style: string = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --accent: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0; display: inline; }
header, footer { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; justify-content: space-between; }
header p, footer { color: #777; margin: 0; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; }
summary { padding: .6rem .8rem; cursor: pointer; }
details > div { padding: 0 .8rem .8rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
th, td { text-align: left; padding: .35rem .6rem; border-top: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
td.no { color: #777; }
td.pull { white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; background: var(--soft); border-radius: .3rem; }
code { padding: .1rem .3rem; user-select: all; }
pre { padding: .6rem; overflow-x: auto; overflow-wrap: normal; }
button, input { font: inherit; font-size: .85rem; border: 1px solid var(--line); border-radius: .3rem; padding: .2rem .5rem; background: var(--soft); color: inherit; }
button:focus-visible, input:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); }
input[type=search] { width: 17rem; max-width: 100%; }
button { cursor: pointer; min-height: 1.9rem; }
a { color: var(--accent); }
nav { margin: 1rem 0; }
@media (max-width: 60rem) {
  thead { display: none; }
  tr { display: block; padding: .4rem 0; border-top: 1px solid var(--line); }
  th, td, td.pull { display: block; padding: .1rem 0; border: 0; white-space: normal; overflow-wrap: anywhere; min-width: 0; }
  td::before { content: attr(data-label) " "; color: #777; }
}
`;

/** Copy buttons; without it, or where a browser has no clipboard over http, a click on the text selects it. */
export const script: string = `
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const text = button.dataset.copy;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "copied";
  setTimeout(() => { button.textContent = label; }, 1500);
});
`;

/** Lets the page run this very style and script and load nothing at all (CSP 3). */
export const contentSecurityPolicy: string = [
  "default-src 'none'",
  `style-src '${hashSource(style)}'`,
  `script-src '${hashSource(script)}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

function hashSource(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
