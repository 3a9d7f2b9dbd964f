/** Of smaller ones a copy costs less. */
const worthHandingOver = 1024;
/** Node compares each one that is handed over with all others of the message. */
const mostHandedOver = 10_000;

/**
 * The memory behind arrays in plain data, each once: what `postMessage` can hand over instead of copying it. Of very many it
 * copies the rest.
 */
export function listBuffers(data: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  collect(data, found);
  return [...found];
}

function collect(data: unknown, found: Set<ArrayBuffer>): void {
  if (typeof data !== "object" || data === null) return;
  if (ArrayBuffer.isView(data)) {
    const isWorth = data.buffer.byteLength >= worthHandingOver && found.size < mostHandedOver;
    if (isWorth) found.add(data.buffer as ArrayBuffer);
  } else for (const part of data instanceof Map ? data.values() : Object.values(data)) collect(part, found);
}
