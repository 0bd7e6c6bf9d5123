import type { Measure } from './result.ts';

// One group in a process of its own: `node worker.mjs GROUP short|full`. What was found goes to the parent.
const [group, form] = process.argv.slice(2);
const { measure } = (await import(new URL(`${group}.mjs`, import.meta.url).href)) as { measure: Measure };
const results = await measure({ short: form === 'short' });
process.send?.(results, undefined, undefined, () => process.exit());
