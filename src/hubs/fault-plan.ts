import { invalidArgument } from '../core/errors.ts';

/** What goes wrong with messages on purpose. What is left out doesn't happen. @public */
export interface Faults {
  /** The probability that a message is lost, 0 to 1. @default 0 */
  loss?: number;
  /** The probability that a message comes twice, 0 to 1. @default 0 */
  duplicate?: number;
  /** The probability that a message is 100 ms late, and those sent meanwhile pass it, 0 to 1. @default 0 */
  reorder?: number;
  /**
   * How long a message is on its way, in ms: anything from the first number to the second. Messages that `reorder` doesn't
   * pick keep their order. A connection holds 1000 of them; one more is lost. @default [0, 0]
   */
  delay?: readonly [min: number, max: number];
  /**
   * Groups of addresses; nothing passes from one group to another, or to an address that is in none. @default none
   */
  partition?: readonly (readonly string[])[];
}

/** The faults of some directions. @public */
export interface DirectedFaults extends Faults {
  /** The address whose messages they meet. @default every one */
  from?: string;
  /** The address that the messages are for. @default every one */
  to?: string;
}

/** The faults of a hub: of all directions, but for those that have their own. @public */
export interface FaultPlan extends Faults {
  /** For a direction the first that fits counts, and none of the faults beside this list. @default none */
  directions?: readonly DirectedFaults[];
}

/** The faults from one address to another. */
export type FaultsOf = (eva: string, targetEva: string) => Faults;

/** @throws VnfError `ERR_INVALID_ARGUMENT` */
export function readPlan(plan: FaultPlan): FaultsOf {
  // The plan itself is the last one that fits, since it names no direction.
  const all: DirectedFaults[] = [...(plan.directions ?? []), plan];
  for (const { loss = 0, duplicate = 0, reorder = 0, delay: [min, max] = [0, 0] } of all) {
    for (const share of [loss, duplicate, reorder, min < 0 ? min : min / max || 0]) {
      if (share >= 0 && share <= 1) continue;
      throw invalidArgument('loss, duplicate, reorder and min / max must be from 0 to 1', share);
    }
  }
  return (eva, targetEva) =>
    all.find(({ from = eva, to = targetEva }) => from === eva && to === targetEva) as Faults;
}

/** Whether the partition, if there is one, lets nothing pass between the two. */
export function isParted({ partition }: Faults, eva: string, targetEva: string): boolean {
  const groupOf = (member: string) => partition?.find((group) => group.includes(member));
  return groupOf(eva) !== groupOf(targetEva);
}
