import { readFileSync } from "node:fs";

/** What is counted on where the system does not tell. */
const usualLimit = 1024;

/** How many files and connections this process may have open at once; Node raises it to what it may be raised to. */
export function openFileLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.NaN) || usualLimit;
  } catch {
    return usualLimit;
  }
}
