import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, type as system, totalmem } from 'node:os';
import { findBrowser } from '../../test/support/browsers.ts';
import { type Goal, isReached, measured, type Result } from './result.ts';

const FILE = 'bench/RESULTS.md';

/** What stands below this is written by hand, and stays. */
const NOTES = '## What is not reached, and why';

/** Writes the table, with what it was measured on. */
export function writeResults(results: readonly Result[]): void {
  const old = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  const notes = old.includes(NOTES) ? old.slice(old.indexOf(NOTES)) : '';
  const head = `# Results

Written by \`npm run bench\`, which measures the built package. Each ratio is the median of rounds in which the
yardstick and the candidate took turns, so that it does not depend on how busy the machine was; in brackets the lowest
and the highest round. Absolute figures do depend on it.

${machine()}
`;
  writeFileSync(FILE, [head, table(results), ...(notes ? [notes] : [])].join('\n'));
}

function machine(): string {
  const processors = cpus();
  const browser = execFileSync(findBrowser('chromium'), ['--version', '--no-sandbox'], { encoding: 'utf8' });
  const [chromium = 'Chromium'] = /\w+ [\d.]+/.exec(browser) ?? [];
  return [
    `${new Date().toISOString().slice(0, 10)}: ${processors.length} cores of ${processors[0]?.model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB, ${system()}, Node ${process.versions.node}, ${chromium},`,
    `@roamhq/wrtc ${versionOf('@roamhq/wrtc')}, ws ${versionOf('ws')}, xstate ${versionOf('xstate')}.`,
  ]
    .join(', ')
    .replace(/,,/g, ',');
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
}

function table(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const { yardstick, unit, value } = result;
    const reference = yardstick === undefined ? '' : `${figure(yardstick)} ${unit}`;
    const cells = [result.case, `${figure(value)} ${unit}`, reference, outcome(result), goalText(result)];
    return `| ${cells.join(' | ')} | ${isReached(result) ? 'yes' : '**no**'} |\n`;
  });
  return `| case | measured | yardstick | result | goal | reached |\n| --- | --- | --- | --- | --- | --- |\n${rows.join('')}`;
}

/** One result, for the console. */
export function line(result: Result): string {
  const { value, unit } = result;
  const verdict = isReached(result) ? '' : '  NOT REACHED';
  return `${result.case}: ${figure(value)} ${unit}, ${outcome(result)}, goal ${goalText(result)}${verdict}`;
}

function outcome(result: Result): string {
  const suffix = result.ratio === undefined ? '' : ' ×';
  const spread = result.spread === undefined ? '' : ` (${result.spread.map(figure).join('–')})`;
  return `${figure(measured(result))}${suffix}${spread}`;
}

function goalText({ goal, ratio, unit }: Result): string {
  return `${goalSign(goal)} ${ratio === undefined ? unit : '×'}`;
}

function goalSign(goal: Goal): string {
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
}

/** Three digits that count. */
function figure(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return String(Number(value.toPrecision(3)));
}
