import { runTask } from '../core/task.ts';

/** Lets everything that waits for promises or for a task of its own run, and what that posts, so many times. */
export async function taskTurns(count = 1): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => runTask(resolve));
}
