import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Graph, GraphEdge, GraphState, TransitionLine } from './graph.ts';

/** Px of a character of the font, which is monospaced so that this is true everywhere. */
const TITLE_WIDTH = 8;
const TEXT_WIDTH = 6.3;
/** Px of a line. */
export const TITLE_HEIGHT = 24;
export const LINE_HEIGHT = 14;
const HIDDEN = 'hidden ';
/** Longer lists of actions go on in another line, in characters. */
const LONGEST_LINE = 46;

/** A line as it is written. */
export interface TextLine {
  text: string;
  /** The transition that it belongs to. */
  transition?: string;
  kind: 'note' | 'event' | 'action';
}

export interface Point {
  x: number;
  y: number;
}

export interface PlacedState extends Point {
  state: GraphState;
  width: number;
  height: number;
  depth: number;
  lines: TextLine[];
}

export interface PlacedEdge {
  /** Where it begins at the dot of an initial state, there is no edge of the graph. */
  edge: GraphEdge | undefined;
  points: Point[];
  label: (Point & { width: number; height: number; lines: TextLine[] }) | undefined;
}

export interface Layout {
  width: number;
  height: number;
  states: PlacedState[];
  dots: Point[];
  edges: PlacedEdge[];
}

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.spacing.nodeNode': '24',
  'elk.spacing.edgeNode': '14',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.edgeLabels.sideSelection': 'SMART_DOWN',
};

/** No strategy draws every machine well: each is tried, and the most compact picture taken. */
const STRATEGIES = ['DEPTH_FIRST', 'GREEDY', 'MODEL_ORDER'].flatMap((cycleBreaking) =>
  ['NETWORK_SIMPLEX', 'BRANDES_KOEPF'].flatMap((nodePlacement) =>
    ['NONE', 'NODES_AND_EDGES', 'PREFER_NODES'].map((order) => ({
      'elk.layered.cycleBreaking.strategy': cycleBreaking,
      'elk.layered.nodePlacement.strategy': nodePlacement,
      'elk.layered.considerModelOrder.strategy': order,
    })),
  ),
);

/** Of a page, so that width costs more than height. */
const sizeOf = ({ width = 0, height = 0 }: ElkNode): number =>
  Math.max(width * 1.4, height) * (width + height);

/** Breaks a list of names at its commas. */
function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(/(?<=, )/)) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length > LONGEST_LINE) lines.push(`  ${word}`);
    else lines[lines.length - 1] = last + word;
  }
  return lines.map((line) => line.trimEnd());
}

function linesOf({ id, label, actions }: TransitionLine): TextLine[] {
  if (actions === '') return [{ text: label, transition: id, kind: 'event' }];
  const whole = `${label} / ${actions}`;
  if (whole.length <= LONGEST_LINE) return [{ text: whole, transition: id, kind: 'event' }];
  return [
    { text: label, transition: id, kind: 'event' },
    ...wrap(`/ ${actions}`).map((text): TextLine => ({ text: ` ${text}`, transition: id, kind: 'action' })),
  ];
}

const linesInside = ({ notes, internal }: GraphState): TextLine[] => [
  ...notes.flatMap(wrap).map((text): TextLine => ({ text, kind: 'note' })),
  ...internal.flatMap(linesOf),
];

const widthOf = (lines: TextLine[]): number =>
  Math.ceil(Math.max(0, ...lines.map(({ text }) => text.length)) * TEXT_WIDTH);

/** Regions of a parallel state have no order; arrows that are not drawn put them into two rows instead of one. */
function stack(regions: GraphState[]): ElkExtendedEdge[] {
  const row = Math.floor(regions.length / 2);
  return regions.slice(row).flatMap(({ id }, index) => {
    const above = regions[Math.min(index, row - 1)];
    return above === undefined || above.id === id
      ? []
      : [{ id: `${HIDDEN}${id}`, sources: [above.id], targets: [id] }];
  });
}

/** A state inherits no option from the one that it is in. */
function withOptions(node: ElkNode, options: Record<string, string>): ElkNode {
  for (const child of node.children ?? []) withOptions(child, options);
  node.layoutOptions = { ...options, ...node.layoutOptions };
  return node;
}

/** Places a graph; the same one always in the same way. */
export async function layOut({ root, edges }: Graph): Promise<Layout> {
  const states = new Map<string, GraphState>();
  const lines = new Map<string, TextLine[]>();
  const graphEdges = new Map<string, GraphEdge>();
  const labels = new Map<string, TextLine[]>();

  const toElk = (state: GraphState): ElkNode => {
    states.set(state.id, state);
    const inside = linesInside(state);
    lines.set(state.id, inside);
    const head = TITLE_HEIGHT + inside.length * LINE_HEIGHT + 6;
    const width = Math.max(state.key.length * TITLE_WIDTH, widthOf(inside)) + 20;
    if (state.states.length === 0) return { id: state.id, width, height: head };
    const dot = `${state.id} dot`;
    return {
      id: state.id,
      children: [
        ...(state.initial === undefined ? [] : [{ id: dot, width: 10, height: 10 }]),
        ...state.states.map(toElk),
      ],
      edges: [
        ...(state.initial === undefined
          ? []
          : [{ id: `${dot} edge`, sources: [dot], targets: [state.initial] }]),
        ...(state.type === 'parallel' ? stack(state.states) : []),
      ],
      layoutOptions: {
        'elk.padding': `[top=${head + 12},left=16,bottom=16,right=16]`,
        'elk.nodeSize.constraints': 'MINIMUM_SIZE',
        'elk.nodeSize.minimum': `(${width},${head})`,
      },
    };
  };

  const elkEdges: ElkExtendedEdge[] = edges.map((edge, index) => {
    const id = `edge ${index}`;
    graphEdges.set(id, edge);
    const text = edge.lines.flatMap(linesOf);
    labels.set(id, text);
    return {
      id,
      sources: [edge.from],
      targets: [edge.to],
      labels: [{ text: id, width: widthOf(text) + 8, height: text.length * LINE_HEIGHT + 2 }],
    };
  });
  const children = [toElk(root)];
  const tries: ElkNode[] = [];
  const elk = new ELK();
  for (const strategy of STRATEGIES) {
    const graph = structuredClone({ id: ' ', children, edges: elkEdges });
    // Some strategies of elkjs 0.12 throw on nested states.
    const placed = await elk.layout(withOptions(graph, { ...OPTIONS, ...strategy })).catch(() => undefined);
    if (placed !== undefined) tries.push(placed);
  }
  const placed = tries.reduce((best, each) => (sizeOf(each) < sizeOf(best) ? each : best));

  const layout: Layout = {
    width: placed.width ?? 0,
    height: placed.height ?? 0,
    states: [],
    dots: [],
    edges: [],
  };
  const origins = new Map<string, Point>();
  const found: ElkExtendedEdge[] = [];
  const visit = (node: ElkNode, origin: Point, depth: number): void => {
    const at = { x: origin.x + (node.x ?? 0), y: origin.y + (node.y ?? 0) };
    origins.set(node.id, at);
    found.push(...(node.edges ?? []));
    const state = states.get(node.id);
    const { width = 0, height = 0 } = node;
    if (state !== undefined) {
      const inside = lines.get(node.id) ?? [];
      // ELK does not always leave a state that holds others as much room as its words need.
      layout.states.push({
        ...at,
        state,
        width: Math.max(width, widthOf(inside) + 20),
        height,
        depth,
        lines: inside,
      });
    } else if (node.id !== ' ') layout.dots.push(at);
    for (const child of node.children ?? []) visit(child, at, depth + 1);
  };
  visit(placed, { x: 0, y: 0 }, -1);
  for (const edge of found) {
    if (edge.id.startsWith(HIDDEN)) continue;
    // elkjs gives what an edge's numbers are relative to.
    const { container = ' ' } = edge as { container?: string };
    const origin = origins.get(container) ?? { x: 0, y: 0 };
    const shift = ({ x, y }: Point): Point => ({ x: x + origin.x, y: y + origin.y });
    const [label] = edge.labels ?? [];
    for (const { startPoint, bendPoints = [], endPoint } of edge.sections ?? []) {
      layout.edges.push({
        edge: graphEdges.get(edge.id),
        points: [startPoint, ...bendPoints, endPoint].map(shift),
        label: label && {
          ...shift({ x: label.x ?? 0, y: label.y ?? 0 }),
          width: label.width ?? 0,
          height: label.height ?? 0,
          lines: labels.get(edge.id) ?? [],
        },
      });
    }
  }
  return layout;
}
