import type { OnEvent, TaskProgress } from "./events.ts";

export interface ReadTask {
  readonly onProgress: (read: number, total: number | undefined) => void;
  readonly end: () => void;
}

/** Tells how much of something is read, of how much where that is known, until it is. */
export function startReading(activity: TaskProgress["activity"], title: string, onEvent: OnEvent): ReadTask {
  const task = { type: "progress", activity, title } as const;
  return {
    onProgress: (done, total) => onEvent({ ...task, bytes: { done, total } }),
    end: () => onEvent({ ...task, isOver: true }),
  };
}
