import type { AnyStateMachine, AnyTransitionDefinition, InspectionEvent } from 'xstate';

type Node = AnyStateMachine['root'];

/** Counts the transitions that actors of one machine take; of several under one event each guarded branch counts. */
export class TransitionCoverage {
  readonly #taken = new Map<AnyTransitionDefinition, number>();

  constructor(machine: AnyStateMachine) {
    for (const transition of transitionsBelow(machine.root)) this.#taken.set(transition, 0);
  }

  /** For `inspect` of the actors. */
  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep') return;
    for (const transition of event._transitions) {
      const taken = this.#taken.get(transition);
      if (taken !== undefined) this.#taken.set(transition, taken + 1);
    }
  };

  get total(): number {
    return this.#taken.size;
  }

  /** The transitions that no actor has taken. */
  get missing(): string[] {
    return [...this.#taken].filter(([, taken]) => taken === 0).map(([transition]) => describe(transition));
  }
}

function transitionsBelow(node: Node): AnyTransitionDefinition[] {
  const own = [...node.transitions.values(), node.always ?? []].flat();
  return [...own, ...Object.values(node.states).flatMap((child) => transitionsBelow(child as Node))];
}

function describe({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const name = typeof guard === 'string' ? guard : (guard as { type?: string } | undefined)?.type;
  const targets = target?.map(({ id }) => id).join(', ') ?? 'no target';
  return `${source.id}: ${eventType || 'always'}${guard === undefined ? '' : ` [${name ?? 'a guard'}]`} → ${targets}`;
}
