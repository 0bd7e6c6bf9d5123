/** So many names are written out. */
const NAMES_TOLD = 5;

/** Names as people list them: `Ada, Bob and 3 others`. */
export function listOf(names: readonly string[]): string {
  // One other would be as long as the name.
  if (names.length <= NAMES_TOLD + 1) return names.join(', ');
  return `${names.slice(0, NAMES_TOLD).join(', ')} and ${names.length - NAMES_TOLD} others`;
}
