const units = ["B", "kB", "MB", "GB", "TB"];

/** A number of bytes for people, decimal units as network people count: `12.4 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
