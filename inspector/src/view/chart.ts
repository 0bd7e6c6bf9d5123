import brokerSession from '../../../docs/charts/broker-session.svg';
import connection from '../../../docs/charts/connection.svg';
import reliableSession from '../../../docs/charts/reliable-session.svg';
import rtcSignaling from '../../../docs/charts/rtcSignaling.svg';
import websocketLink from '../../../docs/charts/websocket-link.svg';
import type { ChartNode } from '../../../src/inspect/chart.ts';
import type { Actor } from '../model/store.ts';
import { byId, make, setText } from './dom.ts';

/** Laid out once, when the package was built. */
const DRAWN = new Map([
  ['broker-session', brokerSession],
  ['connection', connection],
  ['reliable-session', reliableSession],
  ['rtcSignaling', rtcSignaling],
  ['websocket-link', websocketLink],
]);

/** Below this the words of a chart cannot be read. */
const SMALLEST_SCALE = 0.7;

/** The ids of the states that a value is in. */
export function activeStates(node: ChartNode, value: unknown): string[] {
  if (typeof value === 'string') {
    const child = node.states[value];
    return child === undefined ? [node.id] : [node.id, child.id];
  }
  const inner = Object.entries((value ?? {}) as Record<string, unknown>).flatMap(([key, deeper]) => {
    const child = node.states[key];
    return child === undefined ? [] : activeStates(child, deeper);
  });
  return [node.id, ...inner];
}

const idsIn = (node: ChartNode): string[] => [node.id, ...Object.values(node.states).flatMap(idsIn)];

interface Picture {
  readonly element: Element;
  readonly states: Map<string, Element>;
  readonly lines: Map<string, { element: Element; count: Element | undefined }[]>;
  readonly edges: { element: Element; ids: Set<string> }[];
}

function pictureOf(chart: ChartNode): Picture {
  const host = make('div');
  const svg = DRAWN.get(chart.id);
  // The page's own style sheet has the colours, and follows its dark or light look.
  if (svg !== undefined) host.innerHTML = svg.replace(/<style>.*?<\/style>/s, '');
  const drawn = new Set(
    [...host.querySelectorAll('[data-state]')].map((each) => each.getAttribute('data-state')),
  );
  // A machine of another version, or of an application, is shown as a tree.
  if (!idsIn(chart).every((id) => drawn.has(id))) host.replaceChildren(treeOf(chart));
  const picture: Picture = { element: host, states: new Map(), lines: new Map(), edges: [] };
  for (const element of host.querySelectorAll('[data-state]')) {
    picture.states.set(element.getAttribute('data-state') ?? '', element);
  }
  for (const element of host.querySelectorAll('[data-line]')) {
    const id = element.getAttribute('data-line') ?? '';
    const lines = picture.lines.get(id) ?? [];
    // The number stands behind what triggers it, not behind each line of its actions.
    let count: Element | undefined;
    if (lines.length === 0 && element.namespaceURI !== null) {
      count = document.createElementNS(element.namespaceURI, element.localName === 'text' ? 'tspan' : 'span');
      count.setAttribute('class', 'count');
      element.append(count);
    }
    picture.lines.set(id, [...lines, { element, count }]);
  }
  for (const element of host.querySelectorAll('[data-transitions]')) {
    picture.edges.push({
      element,
      ids: new Set((element.getAttribute('data-transitions') ?? '').split(' ')),
    });
  }
  return picture;
}

function treeOf(node: ChartNode): HTMLElement {
  const item = make('ul', 'tree');
  const line = make('li', '');
  line.dataset['state'] = node.id;
  line.append(make('b', '', node.key));
  for (const [event, transitions] of Object.entries(node.on)) {
    for (const [index] of transitions.entries()) {
      const words = make('div', '', `  ${event}`);
      words.dataset['line'] = `${node.id}|${event}|${index}`;
      line.append(words);
    }
  }
  for (const child of Object.values(node.states)) line.append(treeOf(child));
  item.append(line);
  return item;
}

/** The chart of the selected actor. */
export class ChartView {
  readonly #pictures = new Map<ChartNode, Picture>();
  readonly #body = byId('chart-body');
  readonly #title = byId('chart-title');
  #shown: Picture | undefined;
  /** 1 fits the whole chart; `undefined` fits it where its words can still be read, and follows what happens. */
  #zoom: number | undefined;

  constructor() {
    byId('smaller').addEventListener('click', () => this.#zoomTo((this.#zoom ?? this.#readable()) / 1.25));
    byId('larger').addEventListener('click', () => this.#zoomTo((this.#zoom ?? this.#readable()) * 1.25));
    byId('fit').addEventListener('click', () => this.#zoomTo(this.#zoom === 1 ? undefined : 1));
    addEventListener('resize', () => this.#zoomTo(this.#zoom));
  }

  #zoomTo(zoom: number | undefined): void {
    this.#zoom = zoom;
    const svg = this.#shown?.element.querySelector('svg');
    if (svg == null) return;
    const { width, height } = svg.viewBox.baseVal;
    const scale = (zoom ?? this.#readable()) * this.#fitting(width, height);
    svg.setAttribute('width', String(width * scale));
    svg.setAttribute('height', String(height * scale));
  }

  #fitting(width: number, height: number): number {
    const { clientWidth, clientHeight } = this.#body;
    return Math.min((clientWidth - 20) / width, (clientHeight - 12) / height);
  }

  /** The zoom at which the words of the chart that is shown can be read. */
  #readable(): number {
    const { width = 1, height = 1 } = this.#shown?.element.querySelector('svg')?.viewBox.baseVal ?? {};
    return Math.max(1, SMALLEST_SCALE / this.#fitting(width, height));
  }

  /** Scrolls to what has just happened, else to the innermost state. */
  #follow({ element }: Picture): void {
    if (this.#zoom === 1) return;
    const states = element.querySelectorAll('.state.active:not(.nest), li.active');
    const target = element.querySelector('text.hot') ?? states[states.length - 1];
    if (target == null) return;
    const box = this.#body.getBoundingClientRect();
    const { left, right, top, bottom } = target.getBoundingClientRect();
    if (left >= box.left && right <= box.right && top >= box.top && bottom <= box.bottom) return;
    this.#body.scrollBy((left + right - box.left - box.right) / 2, (top + bottom - box.top - box.bottom) / 2);
  }

  /** @param transitions - those of the step that is shown, which are marked */
  show(actor: Actor, value: unknown, transitions: readonly string[]): void {
    const picture = this.#pictures.get(actor.chart) ?? pictureOf(actor.chart);
    this.#pictures.set(actor.chart, picture);
    if (this.#shown !== picture) {
      this.#body.replaceChildren(picture.element);
      this.#shown = picture;
      this.#zoomTo(this.#zoom);
    }
    setText(this.#title, actor.id);
    const active = new Set(activeStates(actor.chart, value));
    for (const [id, element] of picture.states) element.classList.toggle('active', active.has(id));
    for (const { element, ids } of picture.edges) {
      element.classList.toggle(
        'hot',
        transitions.some((id) => ids.has(id)),
      );
    }
    for (const [id, lines] of picture.lines) {
      const times = actor.counts.get(id) ?? 0;
      for (const { element, count } of lines) {
        element.classList.toggle('hot', transitions.includes(id));
        if (count !== undefined) setText(count, times === 0 ? '' : ` ×${times}`);
      }
    }
    this.#follow(picture);
  }

  clear(): void {
    this.#shown = undefined;
    this.#body.replaceChildren();
    setText(this.#title, '');
  }
}
