import type { ConnectionState } from '../../machines/connection.machine.ts';
import type {
  ConnectionStateEvent,
  MessageEvent,
  ParentEndpoint,
  ParentHub,
} from '../../src/core/contracts.ts';
import { VnfError } from '../../src/core/errors.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { Lane } from './lane.ts';
import type { Process } from './process.ts';
import type { Tally } from './tally.ts';

export type Side = 'a' | 'b';

export const SIDES: readonly Side[] = ['a', 'b'];

export const otherOf = (side: Side): Side => (side === 'a' ? 'b' : 'a');

type Kind = 'open' | 'opened' | 'close' | 'text';

/** How long the wire's own attempts to connect take at most, as a hub's do. */
const ATTEMPT_MS = 5000;

/**
 * A hub with a wire that a test owns: what two endpoints, a and b, send each other over it arrives when the test says
 * so, or not, and their connection breaks when the test says so. What it carries means nothing to it.
 */
export class Wire {
  /** What is on its way, by the side that it is for. */
  readonly lanes: Record<Side, Lane>;
  readonly clock: VirtualClock;
  readonly tally: Tally;
  /** Whether an endpoint that opens anew finds the connection of the one before, as over a broker. */
  isContinued = false;
  #isCut = false;
  readonly #chokes: Record<Side, { count: number; how: 'full' | 'broken' }> = {
    a: { count: 0, how: 'full' },
    b: { count: 0, how: 'full' },
  };
  readonly #endpoints = new Map<Side, WireEndpoint>();
  readonly #open = new Set<WireEndpoint>();

  constructor(clock: VirtualClock, tally: Tally) {
    this.clock = clock;
    this.tally = tally;
    this.lanes = {
      a: new Lane(clock.now, tally),
      b: new Lane(clock.now, tally),
    };
  }

  /** What a process opens its endpoint of this wire in. */
  hubOf(process: Process): ParentHub {
    return {
      openEndpoint: (eva) => {
        const endpoint = new WireEndpoint(this, eva as Side, process);
        this.#endpoints.set(endpoint.eva, endpoint);
        this.#open.add(endpoint);
        return endpoint;
      },
    };
  }

  /** How many endpoints of a process are open. */
  openEndpoints(process: Process): number {
    return [...this.#open].filter((endpoint) => endpoint.process === process).length;
  }

  destroyed(endpoint: WireEndpoint): void {
    this.#open.delete(endpoint);
  }

  transmit(from: WireEndpoint, kind: Kind, text = ''): void {
    if (from.process.isGone) return;
    if (kind === 'text') this.#checkChoke(from.eva);
    this.lanes[from.targetEva].put(() => {
      const receiver = this.#endpoints.get(from.targetEva);
      // An attempt that is over reaches nobody.
      if (kind === 'open' && !from.isConnecting) return;
      if (receiver !== undefined && !receiver.isDestroyed() && !receiver.process.isGone)
        receiver.arrive(kind, text);
    });
  }

  /** Nothing arrives from now on, and these sides lose their connection; any other one has not noticed. */
  cut(...noticing: Side[]): void {
    this.#isCut = true;
    for (const lane of Object.values(this.lanes)) lane.isBlocked = true;
    this.tally.add('cut');
    for (const side of noticing) this.#endpoints.get(side)?.lose();
  }

  /** The next sendings of a side throw: there is no room for them, or the hub is broken. */
  choke(side: Side, count: number, how: 'full' | 'broken'): void {
    this.#chokes[side] = { count, how };
  }

  #checkChoke(side: Side): void {
    const choke = this.#chokes[side];
    if (choke.count === 0) return;
    choke.count -= 1;
    this.tally.add('choked');
    throw choke.how === 'full'
      ? new VnfError('ERR_BUFFER_FULL', 'the wire is full')
      : new Error('the wire is broken');
  }

  /** A side is interrupted, as a hub whose way is being saved. */
  suspend(side: Side): void {
    this.#endpoints.get(side)?.suspend();
  }

  resume(side: Side): void {
    this.#endpoints.get(side)?.resume();
  }

  heal(): void {
    for (const side of SIDES) this.choke(side, 0, 'full');
    if (this.#isCut) this.tally.add('healed');
    this.#isCut = false;
    for (const lane of Object.values(this.lanes)) lane.heal();
  }
}

class WireEndpoint implements ParentEndpoint {
  readonly eva: Side;
  readonly targetEva: Side;
  readonly process: Process;
  onMessage: ((event: MessageEvent<string>) => unknown) | undefined | null;
  readonly #wire: Wire;
  readonly #openListeners: ((targetEva: string) => unknown)[] = [];
  readonly #lostListeners: ((targetEva: string) => unknown)[] = [];
  readonly #stateListeners: ((event: ConnectionStateEvent) => unknown)[] = [];
  readonly #destroyListeners: (() => unknown)[] = [];
  #state: ConnectionState | undefined;
  #callback: ((event: { status: string; targetEva: string }) => unknown) | undefined;
  #attempt: unknown;
  #isDestroyed = false;

  constructor(wire: Wire, eva: Side, process: Process) {
    this.#wire = wire;
    this.eva = eva;
    this.targetEva = otherOf(eva);
    this.process = process;
  }

  openConnection(
    _targetEva: string,
    callback: (event: { status: string; targetEva: string }) => unknown,
  ): void {
    if (this.#isUp) {
      callback({ status: 'CONNECTED', targetEva: this.targetEva });
      return;
    }
    this.#callback = callback;
    if (this.#state !== 'connecting') {
      this.#attempt = this.#wire.clock.setTimeout(() => this.#end('lost'), ATTEMPT_MS);
      this.#become('connecting');
    }
    this.#wire.transmit(this, 'open');
  }

  isConnected(): boolean {
    return this.#isUp;
  }

  send(_targetEva: string, message: string): void {
    if (!this.#isUp) throw new VnfError('ERR_NOT_CONNECTED', 'the wire is not connected');
    this.#wire.transmit(this, 'text', message);
  }

  closeConnection(): void {
    if (this.#isUp || this.#state === 'connecting') {
      this.#wire.transmit(this, 'close');
      this.#end('closed');
    }
  }

  onConnectionOpen(listener: (targetEva: string) => unknown): void {
    this.#openListeners.push(listener);
  }

  onConnectionLost(listener: (targetEva: string) => unknown): void {
    this.#lostListeners.push(listener);
  }

  onConnectionStateChange(listener: (event: ConnectionStateEvent) => unknown): void {
    this.#stateListeners.push(listener);
  }

  onDestroy(listener: () => unknown): void {
    this.#destroyListeners.push(listener);
  }

  getConnectionState(): ConnectionState | undefined {
    return this.#state;
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.closeConnection();
    this.#isDestroyed = true;
    this.#wire.destroyed(this);
    for (const listener of this.#destroyListeners) listener();
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  get isConnecting(): boolean {
    return this.#state === 'connecting' && !this.process.isGone;
  }

  get #isUp(): boolean {
    return this.#state === 'CONNECTED' || this.#state === 'reconnecting';
  }

  arrive(kind: Kind, text: string): void {
    if (kind === 'text') {
      if (this.#isUp) this.onMessage?.({ sourceEva: this.targetEva, message: text, endpoint: this } as never);
    } else if (kind === 'open') {
      if (this.#isUp && !this.#wire.isContinued) this.#end('lost');
      // A listener of the loss may have destroyed it.
      if (this.#isDestroyed) return;
      this.#connected();
      this.#wire.transmit(this, 'opened');
    } else if (kind === 'opened') {
      if (this.#state === 'connecting') this.#connected();
    } else if (this.#isUp) {
      this.#end('closed');
    }
  }

  lose(): void {
    if (this.#isUp) this.#end('lost');
  }

  suspend(): void {
    if (this.#state === 'CONNECTED') this.#become('reconnecting');
  }

  resume(): void {
    if (this.#state === 'reconnecting') this.#become('CONNECTED');
  }

  #connected(): void {
    if (this.#isUp) return;
    if (this.#state !== 'connecting') this.#become('connecting');
    this.#wire.clock.clearTimeout(this.#attempt);
    this.#become('CONNECTED');
    for (const listener of [...this.#openListeners]) listener(this.targetEva);
    this.#answer('CONNECTED');
  }

  #end(state: 'lost' | 'closed'): void {
    const wasUp = this.#isUp;
    this.#wire.clock.clearTimeout(this.#attempt);
    this.#become(state);
    if (wasUp) for (const listener of [...this.#lostListeners]) listener(this.targetEva);
    this.#answer('FAILED');
  }

  #answer(status: string): void {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.({ status, targetEva: this.targetEva });
  }

  #become(state: ConnectionState): void {
    const isOver = this.#state === 'lost' || this.#state === 'closed';
    const previous = isOver ? undefined : this.#state;
    this.#state = state;
    for (const listener of [...this.#stateListeners])
      listener({ targetEva: this.targetEva, state, previous });
  }
}
