import type { EventRecord, StateRecord } from '../../../src/inspect/messages.ts';
import type { Actor, Entry } from '../model/store.ts';
import { byId, make, setText } from './dom.ts';

/** How many steps are on the page at once, around the one that is looked at. */
const SHOWN = 200;

/** What came from the other side, of all the events. */
const FRAME = /^frame\.|\.received$|^login\./;
const isFrame = ({ kind, label }: Entry): boolean => kind === 'event' && FRAME.test(label);

const clockOf = (at: number): string => {
  const date = new Date(at);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};

/** The steps of both sides of one connection, side by side; live, or at one of them. */
export class Timeline {
  readonly #steps = byId('steps');
  readonly #scrub = byId<HTMLInputElement>('scrub');
  readonly #pause = byId('pause');
  readonly #frames = byId<HTMLInputElement>('frames');
  readonly #moved: () => void;
  /** What can be stepped through: live it grows, else it is as it was. */
  #entries: readonly Entry[] = [];
  #actor: Actor | undefined;
  /** The step that is looked at; live, there is none. */
  #at: Entry | undefined;

  /** @param moved - another step is looked at */
  constructor(moved: () => void) {
    this.#moved = moved;
    this.#pause.addEventListener('click', () => this.toggle());
    byId('first').addEventListener('click', () => this.moveTo(0));
    byId('last').addEventListener('click', () => this.moveTo(this.#entries.length - 1));
    byId('back').addEventListener('click', () => this.step(-1));
    byId('forward').addEventListener('click', () => this.step(1));
    this.#scrub.addEventListener('input', () => this.moveTo(Number(this.#scrub.value)));
    this.#frames.addEventListener('change', () => this.#moved());
    this.#steps.addEventListener('click', ({ target }) => {
      const row = (target as Element).closest('li');
      if (row !== null)
        this.moveTo(this.#entries.findIndex(({ number }) => String(number) === row.dataset['number']));
    });
  }

  get isPaused(): boolean {
    return this.#at !== undefined;
  }

  /** Live again where it is paused, else at the last step. */
  toggle(): void {
    if (this.isPaused) this.resume();
    else this.moveTo(this.#entries.length - 1);
  }

  resume(): void {
    this.#at = undefined;
    this.#moved();
  }

  step(by: number): void {
    const now = this.#at === undefined ? this.#entries.length - 1 : this.#entries.indexOf(this.#at);
    this.moveTo(Math.min(Math.max(now + by, 0), this.#entries.length - 1));
  }

  moveTo(index: number): void {
    const entry = this.#entries[index];
    if (entry === undefined) return;
    this.#at = entry;
    this.#moved();
  }

  /** @param entries - those of the selected actor's connection */
  show(actor: Actor, entries: readonly Entry[]): void {
    if (actor !== this.#actor) {
      // Of the other side, or another layer of the same connection, the step stays.
      if (actor.pair !== this.#actor?.pair) this.#at = undefined;
      this.#actor = actor;
      setText(byId('left-name'), actor.endpoint);
      setText(byId('right-name'), actor.peer);
    }
    if (!this.isPaused) this.#entries = entries.slice();
    else if (this.#at !== undefined && !this.#entries.includes(this.#at)) this.#at = undefined;
    this.#draw(actor);
  }

  /** What the actor is in at the step that is looked at, and which transitions that step took. */
  stateOf(actor: Actor): { value: unknown; context: unknown; transitions: readonly string[] } {
    const end = this.#at === undefined ? this.#entries.length - 1 : this.#entries.indexOf(this.#at);
    for (let index = end; index >= 0; index -= 1) {
      const entry = this.#entries[index];
      if (entry?.actor !== actor || (entry.kind !== 'state' && entry.kind !== 'start')) continue;
      const { value, context, vnf } = JSON.parse(entry.text) as StateRecord;
      // An event that has led to nothing yet still shows the state before.
      return { value, context, transitions: vnf?.transitions ?? [] };
    }
    return { value: this.isPaused ? {} : actor.state.value, context: actor.state.context, transitions: [] };
  }

  clear(): void {
    this.#at = undefined;
    this.#actor = undefined;
    this.#entries = [];
    this.#steps.replaceChildren();
  }

  #draw(actor: Actor): void {
    const last = this.#entries.length - 1;
    const now = this.#at === undefined ? last : this.#entries.indexOf(this.#at);
    this.#scrub.max = String(Math.max(last, 0));
    this.#scrub.value = String(Math.max(now, 0));
    setText(this.#pause, this.isPaused ? 'Live' : 'Pause');
    this.#pause.setAttribute('aria-pressed', String(this.isPaused));
    setText(byId('position'), `${now + 1} / ${last + 1}`);
    const from = Math.max(Math.min(now - SHOWN / 2, last + 1 - SHOWN), 0);
    const shown = this.#entries
      .slice(from, from + SHOWN)
      .filter((entry) => !this.#frames.checked || isFrame(entry) || entry === this.#at);
    const rows = shown.map((entry) => this.#row(entry, actor, entry === this.#entries[now]));
    this.#steps.replaceChildren(...rows);
    const current = this.#steps.querySelector('.now') ?? this.#steps.lastElementChild;
    current?.scrollIntoView({ block: 'nearest' });
    this.#drawDetails(actor, this.#entries[now]);
  }

  #row(entry: Entry, { endpoint }: Actor, isNow: boolean): HTMLElement {
    const { number, at, actor, kind, label } = entry;
    const row = make('li', isNow ? 'now' : '');
    row.dataset['number'] = String(number);
    const sign = { start: '●', stop: '■', state: '→', event: isFrame(entry) ? '⇠' : '·' }[kind];
    const words = make(
      'span',
      `kind-${isFrame(entry) ? 'frame' : kind}`,
      `${sign} ${actor.chart.id}: ${label}`,
    );
    const cells = actor.endpoint === endpoint ? [words, make('span')] : [make('span'), words];
    row.append(make('time', '', clockOf(at)), ...cells);
    return row;
  }

  #drawDetails(actor: Actor, entry: Entry | undefined): void {
    if (entry === undefined) return;
    const record = JSON.parse(entry.text) as Partial<EventRecord & StateRecord>;
    const own = entry.kind === 'state' || entry.kind === 'start';
    setText(byId('event'), JSON.stringify(own ? record.event : (record.data ?? {}), undefined, 2));
    const { value, context, measures } = own
      ? { value: record.value, context: record.context, measures: record.vnf?.measures }
      : { ...this.stateOf(actor), measures: undefined };
    setText(
      byId('context'),
      JSON.stringify({ state: value, ...(context as object), ...measures }, undefined, 2),
    );
  }
}
