import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { TransitionId } from './messages.ts';

/** A transition of a statechart, with the names that the machine's author gave. */
interface ChartTransition {
  target?: string[] | undefined;
  cond?: { type: string; name: string } | undefined;
  actions: { type: string }[];
  internal: boolean;
}

/** A state as XState 4 writes it in JSON. @public */
export interface ChartNode {
  id: string;
  key: string;
  type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  order: number;
  initial?: string | undefined;
  history?: 'shallow' | 'deep' | undefined;
  tags: string[];
  entry: { type: string }[];
  exit: { type: string }[];
  invoke: { id: string; src: string }[];
  on: Record<string, ChartTransition[]>;
  after: Record<string, ChartTransition[]>;
  always?: ChartTransition[] | undefined;
  onDone?: ChartTransition[] | undefined;
  states: Record<string, ChartNode>;
}

/** What XState itself adds to the entry and exit of a state that has a timer. */
const OWN_ACTIONS = new Set(['xstate.raise', 'xstate.cancel']);

/** Of XState 5, an action or a guard is a name, an object with one, or a function that may have one. */
function nameOf(named: unknown): string {
  if (typeof named === 'string') return named;
  const { type, name } = named as { type?: unknown; name?: unknown };
  return [type, name].find((each): each is string => typeof each === 'string' && each !== '') ?? 'inline';
}

const actionsOf = (actions: readonly unknown[]): { type: string }[] =>
  actions.map((action) => ({ type: nameOf(action) })).filter(({ type }) => !OWN_ACTIONS.has(type));

function transitionOf({ target, guard, actions, reenter }: AnyTransitionDefinition): ChartTransition {
  const cond = guard === undefined ? undefined : nameOf(guard);
  return {
    target: target?.map(({ id }) => `#${id}`),
    cond: cond === undefined ? undefined : { type: cond, name: cond },
    actions: actionsOf(actions),
    internal: !reenter,
  };
}

function nodeOf(node: AnyStateNode): ChartNode {
  const on: [string, ChartTransition[]][] = [];
  const after: [string, ChartTransition[]][] = [];
  let onDone: ChartTransition[] | undefined;
  for (const [event, transitions] of node.transitions) {
    const drawn = transitions.map(transitionOf);
    const { delay } = (transitions[0] ?? {}) as { delay?: unknown };
    if (delay !== undefined) after.push([typeof delay === 'function' ? 'inline' : String(delay), drawn]);
    else if (event === `xstate.done.state.${node.id}`) onDone = drawn;
    else if (!event.startsWith('xstate.')) on.push([event, drawn]);
  }
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    order: node.order,
    initial: node.type === 'compound' ? node.initial.target?.[0]?.key : undefined,
    history: node.history || undefined,
    tags: [...node.tags],
    entry: actionsOf(node.entry),
    exit: actionsOf(node.exit),
    invoke: node.invoke.map(({ id, src }) => ({ id, src: nameOf(src) })),
    on: Object.fromEntries(on),
    after: Object.fromEntries(after),
    always: node.always?.map(transitionOf),
    onDone,
    states: Object.fromEntries(Object.entries(node.states).map(([key, state]) => [key, nodeOf(state)])),
  };
}

/** A machine of XState 5 as the JSON that XState 4's `createMachine` takes. */
export const chartOf = (machine: AnyStateMachine): ChartNode => nodeOf(machine.root);

/** The transition's name; `undefined` for the one that enters the first state. */
export function idOf(transition: AnyTransitionDefinition): TransitionId | undefined {
  const { source, eventType } = transition;
  const siblings = eventType === '' ? source.always : source.transitions.get(eventType);
  const index = siblings?.indexOf(transition) ?? -1;
  return index < 0 ? undefined : `${source.id}|${eventType}|${index}`;
}
