/** The longest name that is given to a saved file, in UTF-16 units; no file system takes much more. */
const LONGEST_NAME = 120;

/** Separators of paths, what no file system takes, control characters, and marks that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const UNSAFE = /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * The name under which a peer's file is shown and saved: no path, nothing hidden, no trick with the direction of text
 * that makes `exe.txt` of `txt.exe`. A name that is too long keeps its ending.
 */
export function safeFileName(name: string): string {
  const safe = name
    .replace(UNSAFE, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '')
    .toWellFormed();
  if (safe === '') return 'file';
  if (safe.length <= LONGEST_NAME) return safe;
  const ending = /\.[^.]{1,10}$/.exec(safe)?.[0] ?? '';
  return `${safe.slice(0, LONGEST_NAME - ending.length).toWellFormed()}${ending}`;
}
