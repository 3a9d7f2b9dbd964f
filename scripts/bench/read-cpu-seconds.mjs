import { readFile } from "node:fs/promises";

/** The clock ticks of Linux's /proc, whatever the kernel's own. */
const ticksPerSecond = 100;

/** The CPU time that a running process has taken so far, its own and the kernel's (proc(5), utime and stime). */
export async function readCpuSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
