/** A number from 0 up to `below`, of a seeded generator. */
export type Choose = (below: number) => number;

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): Choose {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What parsers trip over. */
const PIECES = [
  ...[
    '',
    ' ',
    '\n',
    '\r\n',
    '\0',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'null',
    'true',
    '__proto__',
    'constructor',
  ],
  ...[
    '0',
    '-1',
    '1e309',
    '9007199254740993',
    '999999999',
    '4294967296',
    'NaN',
    'undefined',
    '\ud83d',
    '\udc00',
    '𝕧',
  ],
  ...['S', 'J', 'LOGIN', 'PING', 'MESSAGE', 'HANDSHAKE', 'CALL_ERROR', 'a=candidate:', 'x'.repeat(1000)],
];

/** A text near to one of the corpus: one to four changes, each as likely as the others. */
export function mutate(corpus: readonly string[], choose: Choose): string {
  const any = () => corpus[choose(corpus.length)] ?? '';
  let text = any();
  for (let changes = 1 + choose(4); changes > 0; changes -= 1) {
    const begin = choose(text.length + 1);
    const end = Math.min(text.length, begin + choose(8));
    const piece = PIECES[choose(PIECES.length)] ?? '';
    const variants = [
      () => text.slice(0, begin) + text.slice(end),
      () => text.slice(0, begin) + piece + text.slice(begin),
      () => text.slice(0, begin) + piece + text.slice(end),
      () => text.slice(0, begin) + String.fromCharCode(choose(0x10000)) + text.slice(end),
      () => text.slice(0, end) + text.slice(begin),
      () => text.slice(0, begin) + any().slice(choose(text.length + 1)),
      () => text.slice(begin),
    ];
    text = variants[choose(variants.length)]?.() ?? '';
  }
  return text;
}
