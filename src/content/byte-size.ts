const units = ["kB", "MB", "GB", "TB"];

/** A number of bytes for people, decimal units as network people count: `12.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let power = 0;
  for (; Number(value.toFixed(1)) >= 1000 && power < units.length - 1; power++) value /= 1000;
  return `${value.toFixed(1)} ${units[power]}`;
}
