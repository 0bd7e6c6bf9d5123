/** More arguments than this are too many for one call in some engines. */
const ARGUMENTS = 8192;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let begin = 0; begin < bytes.length; begin += ARGUMENTS) {
    text += String.fromCharCode(...bytes.subarray(begin, begin + ARGUMENTS));
  }
  return btoa(text);
}

/** `undefined` for a text that is no base64. */
export function fromBase64(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
    return bytes;
  } catch {
    return undefined;
  }
}
