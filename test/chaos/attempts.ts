import type { AnyMachineSnapshot, InspectionEvent, StateValue } from 'xstate';
import { rtcSignalingMachine } from '../../machines/rtc-signaling.machine.ts';
import type { Process } from './process.ts';
import type { RtcNetwork } from './rtc-network.ts';
import { otherOf, type Side } from './wire.ts';

interface Attempt {
  readonly side: Side;
  readonly process: Process;
  readonly date: number;
  readonly isOfferer: boolean;
  readonly state: string;
}

/** All RTC attempts of a world, as their machines show them. */
export class Attempts {
  readonly #attempts = new Map<unknown, Attempt>();
  /** What sides have agreed on, as an offer or an answer: an attempt may drop it for a later offer. */
  readonly #accepted = new Set<string>();
  readonly #network: RtcNetwork;
  /** What is looked at once everybody is at rest: a machine is seen after its step, in which others may have taken theirs. */
  readonly #questions: (() => string | undefined)[] = [];

  constructor(network: RtcNetwork) {
    this.#network = network;
  }

  /** What is wrong, since the last look. */
  look(): string[] {
    return this.#questions.splice(0).flatMap((ask) => ask() ?? []);
  }

  /** What inspects the hub of a process; a process is known once its hub is made. */
  inspector(side: Side, processOf: () => Process): (event: InspectionEvent) => void {
    return (event) => {
      if (event.type !== '@xstate.snapshot') return;
      const snapshot = event.snapshot as AnyMachineSnapshot;
      if (snapshot.machine?.id === rtcSignalingMachine.id)
        this.#changed(side, processOf(), event.actorRef, snapshot);
    };
  }

  #changed(side: Side, process: Process, actor: unknown, { value, context }: AnyMachineSnapshot): void {
    const { date, offerer } = context as { date: number; offerer: 'self' | 'other' };
    const state = stateOf(value);
    const isOfferer = offerer === 'self';
    const known = this.#attempts.get(actor);
    const before = known?.date === date && known.isOfferer === isOfferer ? known : undefined;
    if (before?.state === state) return;
    this.#attempts.set(actor, { side, process, date, isOfferer, state });
    if (state === 'checking' || state === 'established') this.#accepted.add(nameOf(side, date, isOfferer));
    if (process.isGone) return;
    // Two, where one process has followed another within a millisecond.
    const others = () =>
      [...this.#attempts.values()].filter(
        (other) => other.side !== side && other.date === date && other.isOfferer !== isOfferer,
      );
    if (state === 'established') {
      this.#questions.push(() => {
        const isAccepted = this.#accepted.has(nameOf(otherOf(side), date, !isOfferer));
        return isAccepted ? undefined : `${side} has a channel that the other side has not accepted`;
      });
    }
    // It has ended, and not by its own wish.
    const isExcused = state === 'lost' && this.#network.hasFailedLately;
    if (before?.state !== 'established' || state === 'closing' || isExcused) return;
    this.#questions.push(() => {
      const isThere = others().some((other) => other.state === 'established' && !other.process.isGone);
      return isThere ? `the channel of ${side} is ${state}, and the other side has it still` : undefined;
    });
  }
}

const nameOf = (side: Side, date: number, isOfferer: boolean) => `${side} ${date} ${isOfferer}`;

/** `established`, `checking` and the like. */
function stateOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  const [[state, inner]] = Object.entries(value) as [[string, StateValue]];
  return state === 'opening' ? stateOf(inner) : state;
}
