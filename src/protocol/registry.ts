/**
 * The arguments and results of the registry's commands (PROTOCOL §1). Pure: text in, text out.
 */
import { toJson } from './json.ts';
import { splitLine } from './rpc.ts';

/** The address of an entry. */
export interface EntryKey {
  collection: string;
  name: string;
}

/** The argument of CREATE-ENTRY and CREATE-OR-UPDATE-ENTRY; the value may contain ends of line. */
export function encodeEntry({ collection, name }: EntryKey, value: string): string {
  return `${collection}\n${name}\n${value}`;
}

export function decodeEntry(argument: string): (EntryKey & { value: string }) | undefined {
  const [collection, rest] = splitLine(argument);
  if (rest === undefined) return undefined;
  const [name, value] = splitLine(rest);
  return value === undefined ? undefined : { collection, name, value };
}

/** The argument of GET-ENTRY and DELETE-ENTRY. */
export function encodeKey({ collection, name }: EntryKey): string {
  return `${collection}\n${name}`;
}

export function decodeKey(argument: string): EntryKey | undefined {
  const [collection, name] = splitLine(argument);
  return name === undefined || name.includes('\n') ? undefined : { collection, name };
}

/** The result of GET-ENTRIES-WITH-BODY: `LENGTH NAME\nVALUE` joined by `\n`, LENGTH in UTF-16 units. */
export function encodeEntries(entries: Iterable<readonly [name: string, value: string]>): string {
  return Array.from(entries, ([name, value]) => `${value.length} ${name}\n${value}`).join('\n');
}

/** `undefined` where the text does not have the form. */
export function decodeEntries(text: string): Map<string, string> | undefined {
  const entries = new Map<string, string>();
  if (text === '') return entries;
  for (let at = 0; at <= text.length; ) {
    const space = text.indexOf(' ', at);
    const end = text.indexOf('\n', space);
    const digits = text.slice(at, space);
    if (space < 0 || end < 0 || !/^\d+$/.test(digits)) return undefined;
    const valueEnd = end + 1 + Number(digits);
    if (valueEnd > text.length || (valueEnd < text.length && text[valueEnd] !== '\n')) return undefined;
    entries.set(text.slice(space + 1, end), text.slice(end + 1, valueEnd));
    at = valueEnd + 1;
  }
  return entries;
}

/** A value with its type letter: `S` and the string, or `J` and JSON. Throws `ERR_NOT_SERIALIZABLE`. */
export function encodeValue(value: unknown): string {
  return typeof value === 'string' ? `S${value}` : `J${toJson('The value of a registry entry', value)}`;
}

/** Throws a SyntaxError for JSON that is none; `undefined` for an unknown type letter. */
export function decodeValue(text: string): { value: unknown } | undefined {
  if (text.startsWith('S')) return { value: text.slice(1) };
  if (text.startsWith('J')) return { value: JSON.parse(text.slice(1)) };
  return undefined;
}
