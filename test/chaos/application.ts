import type { ConnectionState } from '../../machines/connection.machine.ts';
import type { Endpoint } from '../../src/core/contracts.ts';
import { VnfError } from '../../src/core/errors.ts';
import type { Process } from './process.ts';
import type { Tally } from './tally.ts';
import { otherOf, type Side } from './wire.ts';

/** One connection of one side, from `connecting` to its end. */
export interface Life {
  readonly name: string;
  state: ConnectionState;
  sent: number;
  received: number;
  /** The connection of the other side that its messages come from. */
  partner: Life | undefined;
  /** How many times it was interrupted. */
  interruptions: number;
  /** Whether `send` has said to wait, and nobody has told that it is over. */
  isWaiting: boolean;
  /** When this side closed it and left it to the library to end it well. */
  closedAt: number | undefined;
  /** Whether this side has ended it. */
  isEndedHere: boolean;
  /** Which disturbance was the last one before that, where all was well then. */
  endedAfter: number | undefined;
}

/** What the applications of both sides have in common. */
export interface Conversation {
  readonly problems: string[];
  readonly tally: Tally;
  readonly lives: Map<string, Life>;
  /** How many things have happened so far that may cost what is on its way. */
  disturbances: number;
  /** Whether nothing is wrong at this moment. */
  isWell(): boolean;
  /** The other side has ended it. */
  closed(life: Life): void;
  /** A message has come; `index` counts those of the life that it was sent in. */
  received(life: Life, from: Life, index: number): void;
}

/** What an application may do inside a listener: open what has ended, send, answer, close what is open. */
export type Habit = 'open again' | 'greet' | 'answer' | 'refuse';

export const HABITS: readonly Habit[] = ['open again', 'greet', 'answer', 'refuse'];

const HABIT_TIMES = 5;

/** So that a few messages are more than is kept before `send` says to wait. */
const PADDING = '.'.repeat(40);

const isConnected = (state: ConnectionState | undefined) => state === 'CONNECTED' || state === 'reconnecting';

/** The states that may follow each; a new connection begins with `connecting`. */
const NEXT: Record<ConnectionState, readonly ConnectionState[]> = {
  connecting: ['CONNECTED', 'lost', 'closed'],
  CONNECTED: ['reconnecting', 'lost', 'closed'],
  reconnecting: ['CONNECTED', 'lost', 'closed'],
  lost: [],
  closed: [],
};

/** The application of one side: it uses its endpoint as commands tell it, and watches what that tells. */
export class Application {
  readonly side: Side;
  readonly process: Process;
  readonly #conversation: Conversation;
  readonly #openEndpoint: () => Endpoint;
  #endpoint: Endpoint | undefined;
  #life: Life | undefined;
  /** How often its listeners still do something of their own: not for ever, or two sides would never come to rest. */
  readonly #habits = new Map<Habit, number>();
  /** The callback of `openConnection` that has to be called, by its number. */
  #awaited = 0;
  #calls = 0;
  #hasRefused = false;
  #drains = 0;
  /** All its connections, so that none is taken for closed well any more once the endpoint is gone. */
  readonly #lives: Life[] = [];

  constructor(side: Side, process: Process, conversation: Conversation, openEndpoint: () => Endpoint) {
    this.side = side;
    this.process = process;
    this.#conversation = conversation;
    this.#openEndpoint = openEndpoint;
  }

  get life(): Life | undefined {
    return this.#life;
  }

  /** Whether there is a connection, open or opening. */
  get isBusy(): boolean {
    return this.#life !== undefined;
  }

  get isConnected(): boolean {
    return isConnected(this.#life?.state);
  }

  get state(): ConnectionState | 'none' {
    return this.#life?.state ?? 'none';
  }

  /** Whether nothing of what it has sent is kept any more, and it knows. */
  get isDrained(): boolean {
    return this.#life?.isWaiting !== true && (this.#endpoint?.bufferedAmount(this.#target) ?? 0) === 0;
  }

  get #target(): Side {
    return otherOf(this.side);
  }

  /** Opens its endpoint, unless it is open. */
  listen(): Endpoint {
    if (this.#endpoint !== undefined) return this.#endpoint;
    const endpoint = this.#openEndpoint();
    this.#endpoint = endpoint;
    endpoint.onConnectionStateChange(({ state, previous }) => this.#changed(state, previous));
    endpoint.onMessage = ({ message }) => this.#arrived(message);
    endpoint.onConnectionOpen(() => {
      if (this.#does('greet')) this.send(2);
      if (this.#does('refuse')) this.close();
    });
    endpoint.onConnectionLost(() => {
      if (this.#does('open again')) this.open();
    });
    endpoint.onDrain(() => {
      this.#drains += 1;
      this.#conversation.tally.add('drained');
      if (this.#life !== undefined) this.#life.isWaiting = false;
    });
    endpoint.onDestroy(() => {
      this.#endpoint = undefined;
    });
    return endpoint;
  }

  open(): void {
    const endpoint = this.listen();
    // Its listeners hear of the end of its connections, and cannot open another.
    if (endpoint.isDestroyed()) return;
    this.#calls += 1;
    const call = this.#calls;
    this.#awaited = call;
    this.#conversation.tally.add('openings');
    // What is left of a connection before goes at once.
    this.#conversation.disturbances += 1;
    endpoint.openConnection(this.#target, ({ status }) => {
      if (this.#awaited !== call) this.#complain(`callback ${call} was called, not ${this.#awaited}`);
      this.#awaited = 0;
      const isConnected = endpoint.isConnected(this.#target);
      // A listener may have closed it just before.
      if (isConnected ? status !== 'CONNECTED' : status === 'CONNECTED' && !this.#hasRefused)
        this.#complain(`the callback was told ${status}, and isConnected says something else`);
    });
  }

  /** Sends as many messages as it can. */
  send(count: number): void {
    for (let rest = count; rest > 0; rest -= 1) {
      const life = this.#life;
      // A listener may find it closed already, of which it will be told.
      if (life === undefined || !this.#endpoint?.isConnected(this.#target)) return;
      life.sent += 1;
      try {
        const drains = this.#drains;
        const isEnough = !this.#endpoint.send(this.#target, `${life.name}#${life.sent - 1}#${PADDING}`);
        this.#conversation.tally.add('sent');
        if (isEnough) this.#conversation.tally.add('told to wait');
        // Where everything arrives inside `send`, it may have been told already.
        life.isWaiting ||= isEnough && drains === this.#drains;
      } catch (error) {
        life.sent -= 1;
        this.#conversation.tally.add('refused');
        if (error instanceof VnfError && error.code === 'ERR_BUFFER_FULL') return;
        this.#complain(`send threw ${error}`);
      }
    }
  }

  close(): void {
    if (this.#endpoint === undefined || this.#life === undefined) return;
    this.#endLife();
    this.#life.closedAt = this.process.environment.clock.now();
    this.#conversation.tally.add('closings');
    this.#endpoint.closeConnection(this.#target);
    if (this.#endpoint?.isConnected(this.#target)) this.#complain('closeConnection left the connection open');
  }

  destroy(): void {
    if (this.#endpoint === undefined) return;
    this.#endLife();
    const endpoint = this.#endpoint;
    this.#forget();
    this.process.isEnding = true;
    endpoint.destroy();
    this.process.isEnding = false;
    this.#endpoint = undefined;
    if (endpoint.getConnections().length > 0) this.#complain('destroy left a connection');
  }

  /** The next times that it may, one of its listeners does this at once. */
  take(habit: Habit): void {
    this.#habits.set(habit, HABIT_TIMES);
  }

  /** Its listeners do nothing more of their own. */
  calm(): void {
    this.#habits.clear();
  }

  /** Its process is gone. */
  die(): void {
    this.#endLife();
    this.#conversation.disturbances += 1;
    this.calm();
    this.#forget();
    this.process.kill();
    this.#endpoint = undefined;
    this.#awaited = 0;
  }

  check(): void {
    const state = this.#endpoint?.getConnection(this.#target)?.state;
    if (state !== this.#life?.state) this.#complain(`it told ${this.#life?.state}, and reads ${state}`);
    if (this.#endpoint?.isConnected(this.#target) !== this.isConnected && this.#endpoint !== undefined)
      this.#complain(`it told ${state}, and isConnected says something else`);
    const isAwaited = this.#awaited > 0;
    if (isAwaited && state !== 'connecting')
      this.#complain(`a callback was not called, and it reads ${state}`);
  }

  #does(habit: Habit): boolean {
    const times = this.#habits.get(habit) ?? 0;
    if (times === 0) return false;
    this.#habits.set(habit, times - 1);
    this.#hasRefused ||= habit === 'refuse';
    return true;
  }

  /** What it has closed before is not let end well any more. */
  #forget(): void {
    for (const life of this.#lives) life.closedAt = undefined;
  }

  #endLife(): void {
    if (this.#life === undefined) return;
    this.#life.isEndedHere = true;
    if (this.#conversation.isWell()) this.#life.endedAfter = this.#conversation.disturbances;
  }

  #changed(state: ConnectionState, previous: ConnectionState | undefined): void {
    this.#conversation.tally.add(state);
    if (previous === 'reconnecting' && state === 'CONNECTED') this.#conversation.tally.add('resumed');
    if (previous !== this.#life?.state)
      this.#complain(`it told ${state} after ${previous}, not ${this.state}`);
    if (previous === undefined) {
      if (state !== 'connecting') this.#complain(`it begins with ${state}`);
      const name = `${this.side}${this.#conversation.lives.size}`;
      this.#life = {
        name,
        state,
        sent: 0,
        received: 0,
        partner: undefined,
        interruptions: 0,
        isWaiting: false,
        closedAt: undefined,
        isEndedHere: false,
        endedAfter: undefined,
      };
      this.#conversation.lives.set(name, this.#life);
      this.#lives.push(this.#life);
      return;
    }
    if (!NEXT[previous].includes(state)) this.#complain(`it told ${state} after ${previous}`);
    if (this.#life === undefined) return;
    this.#life.state = state;
    if (state === 'reconnecting') this.#life.interruptions += 1;
    if (state !== 'lost' && state !== 'closed') return;
    if (state === 'closed' && !this.#life.isEndedHere) this.#conversation.closed(this.#life);
    this.#life = undefined;
  }

  #arrived(text: string): void {
    const [name = '', index] = text.split('#');
    const from = this.#conversation.lives.get(name);
    this.#conversation.tally.add('received');
    if (from === undefined || !name.startsWith(this.#target))
      this.#complain(`it received ${text}, never sent`);
    else if (this.#life === undefined) this.#complain(`it received ${text}, and has no connection`);
    else if (!this.isConnected) this.#complain(`it received ${text}, and is ${this.state}`);
    else this.#conversation.received(this.#life, from, Number(index));
    if (this.#does('answer')) this.send(1);
  }

  #complain(what: string): void {
    this.#conversation.problems.push(`${this.side}: ${what}`);
  }
}

/** Of a hub that loses nothing: the messages of one connection come to one connection, each once, in their order. */
export function receiveInOrder({ problems }: Conversation, life: Life, from: Life, index: number): void {
  const expected = life.partner?.name ?? from.partner?.name;
  life.partner ??= from;
  from.partner ??= life;
  if (life.partner !== from || from.partner !== life)
    problems.push(`${life.name} received from ${from.name}, but one of them belongs to ${expected}`);
  if (index !== life.received) problems.push(`${life.name} received message ${index}, not ${life.received}`);
  life.received += 1;
}
