const units = ["B", "kB", "MB", "GB", "TB"] as const;

/** Bytes for people: `1.4 MB`, in powers of 1000 as registries count. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
