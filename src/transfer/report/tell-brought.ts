import type { OnEvent } from "./events.ts";

/** Brings an image where it goes, and tells when that is over, whether it is whole or failed. */
export async function tellBrought<T>(image: string, onEvent: OnEvent, bring: () => Promise<T>): Promise<T> {
  let isWhole = false;
  try {
    const brought = await bring();
    isWhole = true;
    return brought;
  } finally {
    onEvent({ type: "brought", image, isWhole });
  }
}
