/** Of smaller ones to copy costs less: Node compares each one that is handed over with all others of the message. */
const worthHandingOver = 32 * 1024;

/** The memory behind large arrays in plain data, each once: what `postMessage` can hand over instead of copying it. */
export function listBuffers(data: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  collect(data, found);
  return [...found];
}

function collect(data: unknown, found: Set<ArrayBuffer>): void {
  if (typeof data !== "object" || data === null) return;
  if (ArrayBuffer.isView(data)) {
    if (data.buffer.byteLength >= worthHandingOver) found.add(data.buffer as ArrayBuffer);
  } else for (const part of data instanceof Map ? data.values() : Object.values(data)) collect(part, found);
}
