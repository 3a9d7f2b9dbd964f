import type { LoadEvent, OnEvent } from "./events.ts";

/**
 * Does work that looks at many images, and tells what it finds odd of each when it is done, however it ends: what holds for many
 * of them is then said once. What concerns no image by itself, such as a registry that is waited for, is told at once.
 */
export async function tellTogether<T>(onEvent: OnEvent, work: (onEvent: OnEvent) => Promise<T>): Promise<T> {
  const held: LoadEvent[] = [];
  let isDone = false;
  try {
    return await work((event) => {
      const isOfImage = event.type === "warning" && event.warning.subject !== undefined;
      if (isOfImage && !isDone) held.push(event);
      else onEvent(event);
    });
  } finally {
    isDone = true;
    for (const event of held) onEvent(event);
  }
}
