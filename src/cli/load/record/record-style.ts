/** Black on white whatever the reader's settings, since it goes to paper as well. */
export const recordStyle: string = `
@page { margin: 1.5cm; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; font: 14px/1.45 system-ui, sans-serif; color: #111; background: #fff; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .4rem; break-after: avoid; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { color: #555; }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #ccc; overflow-wrap: break-word; }
th { white-space: nowrap; }
code, pre { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
pre { margin: .4rem 0; padding: .5rem; border: 1px solid #ccc; break-inside: avoid; }
.bad { font-weight: bold; color: #a00; }
.quiet { color: #555; }
footer { margin-top: 2rem; color: #555; }
@media print { body { padding: 0; max-width: none; font-size: 10pt; } }
`;
