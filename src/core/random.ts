/**
 * A generator of numbers from 0 up to 1 that gives the same ones for the same seed, on every platform (xorshift32).
 *
 * @param seed - any number; of a whole one, the 32 lowest bits count
 */
export function seededRandom(seed: number): () => number {
  // Spreads seeds that are alike, as 1 and 2, and is never 0, which would stay 0.
  let state = Math.imul(seed, 0x9e3779b1) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
