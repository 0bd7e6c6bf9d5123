import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const RULE = /^- \*\*([A-Z]+\d+)\*\*/gm;
/** A title begins with the ids of its rules: `[HC1]`, `[HC1, HC2]`. */
const TITLE = /['"`]\[([A-Z]+\d+(?:, ?[A-Z]+\d+)*)\] /g;

function idsIn(files: string[], pattern: RegExp): Set<string> {
  const found = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(pattern)]);
  return new Set(found.flatMap(([, ids = '']) => ids.split(/, ?/)));
}

const rules = idsIn(['docs/SPEC.md'], RULE);
/** The contracts' cases are tests too, though they ship. */
const testFiles = ['test', 'src/testing'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
);
const titles = idsIn(testFiles, TITLE);

test('every rule of docs/SPEC.md has a test', () => {
  expect([...rules].filter((id) => !titles.has(id))).toEqual([]);
});

test('every id in a title is a rule of docs/SPEC.md', () => {
  expect([...titles].filter((id) => !rules.has(id))).toEqual([]);
});
