/** A UTF-16 unit is at most this many bytes of UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** The size in bytes of a frame that has `text` and `otherBytes` more, where that is over the limit. */
export function bytesOverLimit(text: string, otherBytes: number, limit: number): number | undefined {
  // Measured only where it may matter, since that takes a copy.
  if (text.length * MOST_BYTES_PER_UNIT + otherBytes <= limit) return undefined;
  const bytes = utf8Bytes(text) + otherBytes;
  return bytes > limit ? bytes : undefined;
}
