import { UNSEEN } from '../label.ts';

/** The longest name that is given to a saved file, in UTF-16 units; no file system takes much more. */
const LONGEST_NAME = 120;

/** Separators of paths, and what no file system takes. */
const UNSAFE = /[/\\:*?"<>|]/g;

/**
 * The name under which a peer's file is shown and saved: no path, nothing hidden, no trick with the direction of text
 * that makes `exe.txt` of `txt.exe`. A name that is too long keeps its ending.
 */
export function safeFileName(name: string): string {
  const safe = name
    .replace(UNSEEN, '_')
    .replace(UNSAFE, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '')
    .toWellFormed();
  if (safe === '') return 'file';
  if (safe.length <= LONGEST_NAME) return safe;
  const ending = /\.[^.]{1,10}$/.exec(safe)?.[0] ?? '';
  return `${safe.slice(0, LONGEST_NAME - ending.length).toWellFormed()}${ending}`;
}
