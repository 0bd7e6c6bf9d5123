/** What somebody is called whose name shows nothing. */
export const NAMELESS = 'Somebody';

/** Control characters, ends of lines, and marks that turn the direction of the text around them. */
export const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Something that can be seen: neither a space nor one of the characters that show nothing by themselves. */
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}]/u;

/**
 * The name of a person or a room as it is shown: one line, with nothing in it that could make the text around it read
 * otherwise. Whoever writes or reads one uses this, so that two names that look the same are the same.
 *
 * @returns the empty string where nothing of it can be seen
 */
export function label(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(UNSEEN, '').trim().toWellFormed();
  return VISIBLE.test(line) ? line : '';
}
