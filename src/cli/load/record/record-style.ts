/** Dark where the reader prefers that on a screen, black on white on paper; narrow screens get a line for each cell. */
export const recordStyle: string = `
@page { size: A4; margin: 1.2cm; }
:root { color-scheme: light dark; --ink: #111; --quiet: #595959; --line: #ccc; --paper: #fff; --good: #17692e; --warn: #8a5300; --bad: #a40000; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --quiet: #a8a8a8; --line: #444; --paper: #161616; --good: #6fcf87; --warn: #f0b44c; --bad: #ff8a80; }
}
body { margin: 0 auto; max-width: 70rem; padding: 1rem; font: 14px/1.4 system-ui, sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
h1 { margin: 0 0 .8rem; padding: .5rem .8rem; font-size: 1.4rem; border: 2px solid; border-left-width: .6rem; }
h1.good { color: var(--good); }
h1.warn { color: var(--warn); }
h1.bad { color: var(--bad); }
h2 { font-size: 1.05rem; margin: 1.2rem 0 .3rem; break-after: avoid; }
summary { margin: 1.2rem 0 .3rem; font-size: 1.05rem; font-weight: bold; cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .2rem .5rem .2rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: normal; color: var(--quiet); overflow-wrap: normal; }
td span { white-space: nowrap; }
ul { margin: 0; padding-left: 1.2rem; }
code, pre { font: .85em/1.4 ui-monospace, monospace; white-space: pre-wrap; }
td code { display: block; color: var(--quiet); }
pre { margin: .3rem 0; padding: .3rem .5rem; border: 1px solid var(--line); break-inside: avoid; }
.bad { font-weight: bold; color: var(--bad); }
.quiet { color: var(--quiet); }
footer { margin-top: 1.5rem; color: var(--quiet); }
@media (max-width: 600px) {
  dl { display: block; }
  dd { margin-bottom: .4rem; }
  thead { display: none; }
  tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  td { display: block; padding: 0; border: 0; }
  td::before { content: attr(data-label) " "; color: var(--quiet); }
}
@media print {
  body { padding: 0; max-width: none; font-size: 8.5pt; }
  h1 { font-size: 14pt; }
  th, td { padding-top: 1pt; padding-bottom: 1pt; }
  td code { font-size: 6.5pt; }
}
`;
