/** How many others a page connects to: each is a connection of its own, and a mesh grows with the square. Even. */
export const MOST_NEIGHBOURS = 24;

/**
 * With whom of the others in a room a page is connected: with all of them, up to {@link MOST_NEIGHBOURS}. In a larger
 * room everybody stands on a ring, in the order of the addresses, and is connected with the nearest ones on both sides.
 * So two pages that have read the same list agree on whether they are neighbours, nobody is left alone, the room stays
 * in one piece, and whoever comes or goes changes only what is across the ring from there.
 *
 * @param others - the addresses of the others, without this page's own
 */
export function neighboursOf(eva: string, others: readonly string[]): string[] {
  if (others.length <= MOST_NEIGHBOURS) return [...others];
  const ring = [eva, ...others].sort();
  const own = ring.indexOf(eva);
  const neighbours: string[] = [];
  for (let steps = 1; steps <= MOST_NEIGHBOURS / 2; steps += 1) {
    neighbours.push(ring.at(own - steps) as string, ring[(own + steps) % ring.length] as string);
  }
  return neighbours;
}
