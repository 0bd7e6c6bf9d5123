import type { ChartNode } from '../../src/inspect/chart.ts';

/** One line of text that stands for one transition. */
export interface TransitionLine {
  /** As in the messages of src/inspect. */
  id: string;
  /** What triggers it. */
  label: string;
  /** What it does. */
  actions: string;
}

/** All transitions from one state to another, drawn as one arrow. */
export interface GraphEdge {
  from: string;
  to: string;
  lines: TransitionLine[];
}

export interface GraphState {
  id: string;
  key: string;
  type: ChartNode['type'];
  initial: string | undefined;
  /** What happens on the way in and out. */
  notes: string[];
  /** Transitions that leave it where it is. */
  internal: TransitionLine[];
  states: GraphState[];
}

export interface Graph {
  root: GraphState;
  edges: GraphEdge[];
}

type Transition = ChartNode['on'][string][number];

/** Each kind of transition of a state, with the event that XState knows it by and the words for it. */
function transitionsOf(node: ChartNode): { event: string; label: string; transitions: Transition[] }[] {
  return [
    ...Object.entries(node.on).map(([event, transitions]) => ({ event, label: event, transitions })),
    ...Object.entries(node.after).map(([delay, transitions]) => ({
      event: `xstate.after.${delay}.${node.id}`,
      label: `after ${/^\d+$/.test(delay) ? `${delay} ms` : delay}`,
      transitions,
    })),
    { event: '', label: 'always', transitions: node.always ?? [] },
    { event: `xstate.done.state.${node.id}`, label: 'done', transitions: node.onDone ?? [] },
  ];
}

/** A statechart as boxes and arrows. */
export function graphOf(chart: ChartNode): Graph {
  const edges = new Map<string, GraphEdge>();
  const visit = (node: ChartNode): GraphState => {
    const internal: TransitionLine[] = [];
    for (const { event, label, transitions } of transitionsOf(node)) {
      for (const [index, { target, cond, actions }] of transitions.entries()) {
        const line = {
          id: `${node.id}|${event}|${index}`,
          label: cond === undefined ? label : `${label} [${cond.type}]`,
          actions: actions.map(({ type }) => type).join(', '),
        };
        if (target === undefined) internal.push(line);
        for (const each of target ?? []) {
          const to = each.slice(1);
          const key = `${node.id} ${to}`;
          const edge = edges.get(key) ?? { from: node.id, to, lines: [] };
          edge.lines.push(line);
          edges.set(key, edge);
        }
      }
    }
    const initial = node.initial === undefined ? undefined : node.states[node.initial]?.id;
    return {
      id: node.id,
      key: node.key,
      type: node.type,
      initial,
      notes: [
        ...note('entry', node.entry),
        ...note('exit', node.exit),
        ...node.invoke.map(({ src }) => `invoke / ${src}`),
      ],
      internal,
      states: Object.values(node.states).map(visit),
    };
  };
  const root = visit(chart);
  return { root, edges: [...edges.values()] };
}

const note = (when: string, actions: { type: string }[]): string[] =>
  actions.length === 0 ? [] : [`${when} / ${actions.map(({ type }) => type).join(', ')}`];
