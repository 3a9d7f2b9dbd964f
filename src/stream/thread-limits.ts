import type { ResourceLimits } from "node:worker_threads";

/**
 * For threads whose data is in buffers nearly all of it: V8 would let the room for new objects grow to 48 MB in each, and keep it
 * (issue 20: memory).
 */
export const threadLimits: ResourceLimits = { maxYoungGenerationSizeMb: 2 };
