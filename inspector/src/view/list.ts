import { type Actor, describeState, summarize } from '../model/store.ts';
import { byId, make, setText } from './dom.ts';

interface Row {
  readonly element: HTMLButtonElement;
  readonly state: HTMLElement;
  readonly facts: HTMLElement;
}

const seconds = (ms: number): string => {
  const whole = Math.max(Math.floor(ms / 1000), 0);
  return whole < 120
    ? `${whole} s`
    : whole < 7200
      ? `${Math.floor(whole / 60)} min`
      : `${Math.floor(whole / 3600)} h`;
};

/** The numbers that a state tells, in the order in which they are looked for. */
function factsOf({ state, since, isStopped }: Actor, now: number): string {
  const { measures = {}, at = since } = state.vnf ?? {};
  const context = (state.context ?? {}) as Record<string, unknown>;
  const { roundTripMs, bufferedAmount, bufferedBytes, outstanding } = measures;
  const tries = context['attempt'] ?? context['trial'] ?? context['probes'];
  return [
    isStopped ? `ended, lived ${seconds(at - since)}` : seconds(now - since),
    ...(roundTripMs === undefined ? [] : [`rtt ${Math.round(roundTripMs)} ms`]),
    ...(bufferedAmount === undefined ? [] : [`${bufferedAmount} units wait`]),
    ...(bufferedBytes === undefined ? [] : [`${bufferedBytes} bytes wait`]),
    ...(outstanding === undefined ? [] : [`${outstanding} calls`]),
    ...(typeof tries === 'number' && tries > 0 ? [`try ${tries}`] : []),
  ].join(' · ');
}

/** Every actor, grouped by the endpoint that it belongs to. */
export class ActorList {
  readonly #rows = new Map<Actor, Row>();
  readonly #groups = new Map<string, HTMLElement>();
  readonly #list = byId('list');
  readonly #select: (actor: Actor) => void;
  #filter = '';

  constructor(select: (actor: Actor) => void) {
    this.#select = select;
    const filter = byId<HTMLInputElement>('filter');
    filter.addEventListener('input', () => {
      this.#filter = filter.value.toLowerCase();
      for (const [actor, row] of this.#rows) this.#sift(actor, row);
      this.#siftGroups();
    });
    this.#list.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') this.#move(event);
    });
  }

  /** Shows an actor as it is now. */
  update(actor: Actor): void {
    const row = this.#rows.get(actor) ?? this.#add(actor);
    const { value } = actor.state;
    setText(row.state, summarize(value));
    row.state.title = describeState(value);
    row.element.classList.toggle('stopped', actor.isStopped);
    setText(row.facts, factsOf(actor, Date.now()));
    if (this.#filter !== '') this.#sift(actor, row);
  }

  /** What grows with time alone. */
  updateAges(): void {
    const now = Date.now();
    for (const [actor, { element, facts }] of this.#rows) {
      if (!actor.isStopped && !element.hidden) setText(facts, factsOf(actor, now));
    }
  }

  /** Removes whom nobody knows any more. */
  retain(actors: ReadonlyMap<string, Actor>): void {
    for (const [actor, { element }] of this.#rows) {
      if (actors.get(actor.sessionId) === actor) continue;
      element.remove();
      this.#rows.delete(actor);
    }
    for (const [key, group] of this.#groups) {
      if (group.querySelector('.actor') !== null) continue;
      group.remove();
      this.#groups.delete(key);
    }
  }

  mark(selected: Actor | undefined): void {
    for (const [actor, { element }] of this.#rows) {
      element.setAttribute('aria-current', String(actor === selected));
    }
  }

  #add(actor: Actor): Row {
    const element = make('button', 'actor');
    element.type = 'button';
    const machine = make(
      'span',
      'machine',
      `${actor.chart.id}${actor.peer === '' ? '' : ` → ${actor.peer}`}`,
    );
    const state = make('span', 'state');
    const facts = make('span', 'facts');
    element.append(machine, state, facts);
    element.addEventListener('click', () => this.#select(actor));
    const row = { element, state, facts };
    this.#rows.set(actor, row);
    this.#groupOf(actor).append(element);
    this.#sift(actor, row);
    return row;
  }

  #groupOf({ endpoint, source }: Actor): HTMLElement {
    const key = JSON.stringify([source, endpoint]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = make('section', 'group');
    const head = make('h2', '', endpoint);
    head.append(' ', make('small', '', source.replace(/#\w+$/, '')));
    group.append(head);
    this.#groups.set(key, group);
    this.#list.append(group);
    return group;
  }

  #sift(actor: Actor, { element, state }: Row): void {
    const text = `${actor.id} ${state.title} ${actor.source}`.toLowerCase();
    element.hidden = !text.includes(this.#filter);
  }

  #siftGroups(): void {
    for (const group of this.#groups.values()) {
      group.hidden = group.querySelector('.actor:not([hidden])') === null;
    }
  }

  #move(event: KeyboardEvent): void {
    const rows = [...this.#list.querySelectorAll<HTMLElement>('.actor:not([hidden])')];
    const step = event.key === 'ArrowDown' ? 1 : -1;
    rows[rows.indexOf(document.activeElement as HTMLElement) + step]?.focus();
    event.preventDefault();
  }
}
