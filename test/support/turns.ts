import type { VirtualClock } from '../../src/testing/virtual-clock.ts';

/** Lets everything that waits for a task of its own run, and what that posts. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets virtual time pass, and after each step of it whatever it has set going. */
export async function pass(clock: VirtualClock, ms: number, step = 100): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(Math.min(step, ms - passed));
    await turns(2);
  }
}
