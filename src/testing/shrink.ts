/** How often a shorter list is tried: a list that needs more stays longer than it has to be. */
const MOST_TRIALS = 2000;

/**
 * The shortest list that is found which still fails: nothing in a row, and no two anywhere, can be left out of it
 * (delta debugging, with pairs, since a fault and its end often have to go together).
 *
 * @param fails - whether a list fails; the one given does
 */
export async function shrink<T>(
  list: readonly T[],
  fails: (list: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let shortest = list;
  let trials = 0;
  const isBetter = async (candidate: readonly T[]) => {
    trials += 1;
    if (trials > MOST_TRIALS || !(await fails(candidate))) return false;
    shortest = candidate;
    return true;
  };

  /** Leaves out `size` in a row, wherever that can be; whether it could. */
  const leaveOut = async (size: number): Promise<boolean> => {
    const before = shortest;
    // From the end, since what comes late depends on what came before.
    for (let start = shortest.length - size; start > -size; start -= size) {
      const from = Math.max(start, 0);
      await isBetter([...shortest.slice(0, from), ...shortest.slice(start + size)]);
    }
    return shortest !== before;
  };

  const leaveOutPair = async (): Promise<boolean> => {
    for (let second = shortest.length - 1; second > 0; second -= 1) {
      for (let first = second - 1; first >= 0; first -= 1) {
        if (await isBetter(shortest.filter((_item, at) => at !== first && at !== second))) return true;
      }
    }
    return false;
  };

  do {
    let size = Math.ceil(shortest.length / 2);
    for (; size > 1; size = Math.ceil(size / 2)) await leaveOut(size);
    while (await leaveOut(1));
  } while (trials <= MOST_TRIALS && (await leaveOutPair()));
  return shortest;
}
