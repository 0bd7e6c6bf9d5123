import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a process holds. */
export interface Measure {
  /** In bytes, after everything that can be collected was. */
  heap: number;
  rss: number;
  /**
   * What keeps the process alive, with their numbers: sockets, timers, pipes; and on Linux its threads and file
   * descriptors, also those of WebRTC, which Node does not know of.
   */
  resources: Record<string, number>;
}

/** Of a process that was started with --expose-gc. */
export async function measure(): Promise<Measure> {
  // Both are opened when they are looked at first, which anything in the process may do at any time.
  void [process.stdout, process.stderr];
  // What a finalizer lets go of is collected the next time.
  for (let times = 0; times < 4; times += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  if (process.platform === 'linux') {
    resources['thread'] = readdirSync('/proc/self/task').length;
    resources['descriptor'] = readdirSync('/proc/self/fd').length;
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss, resources };
}
