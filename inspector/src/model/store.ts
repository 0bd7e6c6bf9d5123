import type { ChartNode } from '../../../src/inspect/chart.ts';
import type { EventRecord, InspectMessage, StateRecord } from '../../../src/inspect/messages.ts';

/** How many steps are kept, of all connections; the oldest goes first. */
export const MOST_ENTRIES = 20_000;
/** How many actors that are over stay in the list. */
const MOST_STOPPED = 300;

/** One statechart that lives or lived in a process or page. */
export interface Actor {
  readonly sessionId: string;
  readonly id: string;
  readonly source: string;
  readonly endpoint: string;
  readonly peer: string;
  readonly chart: ChartNode;
  /** Of what is between the two sides, whichever this is. */
  readonly pair: string;
  state: StateRecord;
  readonly since: number;
  isStopped: boolean;
  /** How often each transition was taken. */
  readonly counts: Map<string, number>;
}

/** One step of the timeline. */
export interface Entry {
  /** Counts all that ever came. */
  readonly number: number;
  readonly at: number;
  readonly actor: Actor;
  readonly kind: 'start' | 'event' | 'state' | 'stop';
  /** The JSON of the record, read when it is looked at. */
  readonly text: string;
  readonly label: string;
}

/** What of a step is to be told, in a few words. */
export function describeState(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) =>
      typeof inner === 'object' ? `${key}(${describeState(inner)})` : `${key}.${inner}`,
    )
    .join(' · ');
}

/** The same in one word where there is room for no more: down to where regions begin. */
export function summarize(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[key, inner] = ['', ''], ...others] = Object.entries(value);
  if (others.length > 0) return '';
  const deeper = summarize(inner);
  return deeper === '' ? key : `${key}.${deeper}`;
}

/** The innermost states of a value, each with what it is in. */
function leavesOf(value: unknown, within = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${within}${String(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${within}${key}.`));
}

/** Of a state with many regions, only those that are others now. */
function describeChange(before: unknown, after: unknown): string {
  const old = new Set(leavesOf(before));
  const leaves = leavesOf(after);
  const changed = leaves.filter((leaf) => !old.has(leaf));
  if (changed.length > 0) return changed.join(' · ');
  return `stays in ${leaves.length === 1 ? leaves[0] : describeState(after).split('(')[0]}`;
}

/** Everything that the page knows, of bounded size. It knows nothing of the DOM. */
export class Store {
  readonly actors = new Map<string, Actor>();
  /** In the order in which they came, of all connections. */
  readonly #pairs = new Map<string, Entry[]>();
  /** The pair of each entry that is kept, so that the oldest is found. */
  #order: string[] = [];
  #oldest = 0;
  #count = 0;
  readonly dropped = new Map<string, number>();
  /** The messages of {@link entries}, as they came: what is exported. */
  readonly #charts = new Map<string, ChartNode>();
  readonly #listener: (actor: Actor | undefined) => void;

  /** @param listener - hears which actor has changed, or that everything has */
  constructor(listener: (actor: Actor | undefined) => void) {
    this.#listener = listener;
  }

  get size(): number {
    return this.#order.length - this.#oldest;
  }

  /** The steps of both sides of a connection, the oldest first. */
  entriesOf(pair: string): readonly Entry[] {
    return this.#pairs.get(pair) ?? [];
  }

  allEntries(): Entry[] {
    return [...this.#pairs.values()].flat().sort((a, b) => a.number - b.number);
  }

  /** Takes a message; what is malformed is passed over, since anything can come. */
  take(message: InspectMessage): void {
    switch (message.type) {
      case 'service.register':
        this.#register(message);
        return;
      case 'service.state':
        this.#changeState(message.sessionId, message.state);
        return;
      case 'service.event': {
        const actor = this.actors.get(message.sessionId);
        if (actor === undefined) return;
        const { name, at } = JSON.parse(message.event) as EventRecord;
        this.#add(actor, 'event', at, message.event, name);
        return;
      }
      case 'service.stop': {
        const actor = this.actors.get(message.sessionId);
        if (actor === undefined || actor.isStopped) return;
        actor.isStopped = true;
        this.#add(actor, 'stop', actor.state.vnf?.at ?? Date.now(), '{}', 'stopped');
        this.#forgetStopped();
        return;
      }
      case 'vnf.dropped':
        this.dropped.set(message.source, message.count);
        this.#listener(undefined);
        return;
    }
  }

  clear(): void {
    this.actors.clear();
    this.#pairs.clear();
    this.#order = [];
    this.#oldest = 0;
    this.dropped.clear();
    this.#listener(undefined);
  }

  #register({
    sessionId,
    id,
    source = '',
    machine,
    state,
  }: Extract<InspectMessage, { type: 'service.register' }>): void {
    if (this.actors.has(sessionId)) {
      // Told anew, for some other viewer or since something was dropped.
      this.#changeState(sessionId, state, true);
      return;
    }
    const record = JSON.parse(state) as StateRecord;
    const { endpoint = source, peer = '', at = Date.now() } = record.vnf ?? {};
    const known = this.#charts.get(machine);
    const chart = known ?? (JSON.parse(machine) as ChartNode);
    if (known === undefined) this.#charts.set(machine, chart);
    const pair = JSON.stringify([endpoint, peer].sort());
    const actor = {
      sessionId,
      id,
      source,
      endpoint,
      peer,
      chart,
      pair,
      state: record,
      since: at,
      isStopped: false,
      counts: new Map(),
    };
    this.actors.set(sessionId, actor);
    this.#add(actor, 'start', at, state, describeState(record.value));
  }

  #changeState(sessionId: string, text: string, isReplay = false): void {
    const actor = this.actors.get(sessionId);
    if (actor === undefined) return;
    const record = JSON.parse(text) as StateRecord;
    if (isReplay && (record.vnf?.at ?? 0) <= (actor.state.vnf?.at ?? 0)) return;
    const label = describeChange(actor.state.value, record.value);
    actor.state = record;
    for (const id of record.vnf?.transitions ?? []) actor.counts.set(id, (actor.counts.get(id) ?? 0) + 1);
    // What was dropped lies between a state that is told anew and the one before.
    this.#add(actor, isReplay ? 'start' : 'state', record.vnf?.at ?? Date.now(), text, label);
  }

  #add(actor: Actor, kind: Entry['kind'], at: number, text: string, label: string): void {
    const { pair } = actor;
    const entries = this.#pairs.get(pair) ?? [];
    this.#pairs.set(pair, entries);
    this.#count += 1;
    const entry = { number: this.#count, at, actor, kind, text, label };
    // Two processes tell in batches: what came earlier may have happened later.
    let place = entries.length;
    while (place > 0 && (entries[place - 1]?.at ?? 0) > at && entries.length - place < 500) place -= 1;
    if (place === entries.length) entries.push(entry);
    else entries.splice(place, 0, entry);
    this.#order.push(pair);
    if (this.size > MOST_ENTRIES) this.#dropOldest();
    this.#listener(actor);
  }

  #dropOldest(): void {
    const pair = this.#order[this.#oldest];
    this.#oldest += 1;
    if (pair !== undefined) {
      const entries = this.#pairs.get(pair);
      entries?.shift();
      if (entries?.length === 0) this.#pairs.delete(pair);
    }
    if (this.#oldest > MOST_ENTRIES) {
      this.#order = this.#order.slice(this.#oldest);
      this.#oldest = 0;
    }
  }

  #forgetStopped(): void {
    const stopped = [...this.actors.values()].filter(({ isStopped }) => isStopped);
    const tooMany = stopped.slice(0, Math.max(stopped.length - MOST_STOPPED, 0));
    for (const { sessionId } of tooMany) this.actors.delete(sessionId);
    if (tooMany.length > 0) this.#listener(undefined);
  }
}
