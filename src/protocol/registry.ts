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

/** Throws a SyntaxError where the text does not have the form. */
export function decodeEntries(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  const head = /(\d+) ([^\n]*)\n/y;
  while (text !== '' && head.lastIndex <= text.length) {
    const [, length, name = ''] = head.exec(text) ?? [];
    const begin = head.lastIndex;
    const end = begin + Number(length);
    if (end !== text.length && text[end] !== '\n') throw new SyntaxError('no list of entries');
    entries.set(name, text.slice(begin, end));
    head.lastIndex = end + 1;
  }
  return entries;
}

/** A value with its type letter: `S` and the string, or `J` and JSON. Throws `ERR_NOT_SERIALIZABLE`. */
export function encodeValue(value: unknown): string {
  return typeof value === 'string' ? `S${value}` : `J${toJson('The value of a registry entry', value)}`;
}

/** Throws a SyntaxError for JSON that is none, and for an unknown type letter. */
export function decodeValue(text: string): unknown {
  if (text.startsWith('S')) return text.slice(1);
  if (text.startsWith('J')) return JSON.parse(text.slice(1));
  throw new SyntaxError('neither a string nor JSON');
}
