import type { BrokerSocket, SocketListener } from '../../src/broker/session.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import type { WebSocketLike, WebSocketSource } from '../../src/websocket/web-socket.ts';
import { Lane } from './lane.ts';
import type { Process } from './process.ts';
import type { Tally } from './tally.ts';
import { otherOf, SIDES, type Side } from './wire.ts';

/** Who notices that a socket breaks; the others hold it for alive. */
export type Noticing = 'both' | 'client' | 'broker' | 'nobody';

/** The least time without an answer after which a client may give a socket up, in ms: that of `verifyConnection`. */
const SHORTEST_PATIENCE_MS = 5000;

/** What takes the sockets of clients, while it runs. */
type Accept = (socket: BrokerSocket) => SocketListener;

/** The sockets between clients and a broker: what is sent over them arrives in order, when the test says so. */
export class SocketNetwork {
  readonly clock: VirtualClock;
  readonly tally: Tally;
  readonly #problems: string[];
  readonly #sockets: ChaosSocket[] = [];
  readonly #lanes: Lane[] = [];
  readonly #isDown: Record<Side, boolean> = { a: false, b: false };
  /** Whether a socket has ever failed, or was given up: what was on its way may be lost. */
  hasFailed = false;
  /** The broker, while it runs. */
  accept: Accept | undefined;

  constructor(clock: VirtualClock, tally: Tally, problems: string[]) {
    this.clock = clock;
    this.tally = tally;
    this.#problems = problems;
  }

  get lanes(): Lane[] {
    return this.#lanes;
  }

  sourceFor(side: Side, process: Process): WebSocketSource {
    return {
      newWebSocket: () => {
        const others = this.#sockets.filter((socket) => socket.process === process && socket.isHeld);
        if (others.length > 0) this.complain(`${side} opens a second socket`);
        const socket = new ChaosSocket(this, side, process);
        for (const lane of [socket.toBroker, socket.toClient]) lane.isBlocked = this.#isDown[side];
        this.#sockets.push(socket);
        this.#lanes.push(socket.toBroker, socket.toClient);
        this.tally.add('sockets');
        return socket;
      },
    };
  }

  /** How many sockets a process has not let go of. */
  held(process: Process): number {
    return this.#sockets.filter((socket) => socket.process === process && socket.isHeld).length;
  }

  /** The newest socket of a side. */
  of(side: Side): ChaosSocket | undefined {
    return this.#sockets.findLast((socket) => socket.side === side);
  }

  /** The newest socket that a side has let go of. */
  oldOf(side: Side): ChaosSocket | undefined {
    return this.#sockets.findLast((socket) => socket.side === side && socket.isLetGo);
  }

  /** Every socket that the broker has. */
  brokerStops(reset: boolean): void {
    this.accept = undefined;
    for (const socket of this.#sockets) socket.brokerGone(reset);
  }

  /** Nothing gets through to and from a side; it waits. */
  cut(side: Side): void {
    this.tally.add('cut');
    this.#block(side, true);
  }

  heal(): void {
    for (const side of SIDES) {
      if (this.#isDown[side]) this.tally.add('healed');
      this.#block(side, false);
    }
  }

  complain(what: string): void {
    this.#problems.push(what);
  }

  #block(side: Side, isDown: boolean): void {
    this.#isDown[side] = isDown;
    for (const socket of this.#sockets) {
      if (socket.side === side)
        for (const lane of [socket.toBroker, socket.toClient]) lane.isBlocked = isDown;
    }
  }
}

type Handler = ((event: never) => unknown) | null;

/** One socket, as its client sees it; what its broker sees is in the closures. */
export class ChaosSocket implements WebSocketLike {
  readonly side: Side;
  readonly process: Process;
  readonly toBroker: Lane;
  readonly toClient: Lane;
  onopen: Handler = null;
  onmessage: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;
  readonly #network: SocketNetwork;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  /** Whether the library has closed it. */
  #isLetGo = false;
  #isRefused = false;
  #answeredAt: number;
  /** The broker's side. */
  #listener: SocketListener | undefined;
  #receivedBytes = 0;

  constructor(network: SocketNetwork, side: Side, process: Process) {
    this.#network = network;
    this.side = side;
    this.process = process;
    this.#answeredAt = network.clock.now();
    this.toBroker = new Lane(network.clock.now, network.tally);
    this.toClient = new Lane(network.clock.now, network.tally);
    this.toBroker.put(() => this.#reachesBroker());
  }

  /** Whether the library still has it: it has neither closed it nor seen its end. */
  get isHeld(): boolean {
    return !this.#isLetGo && this.#state !== 'closed';
  }

  send(text: string): void {
    if (this.process.isGone) return;
    if (this.#state !== 'open' || this.#isLetGo) {
      this.#network.complain(
        `${this.side} sends over a socket that is ${this.#isLetGo ? 'closed' : this.#state}`,
      );
      throw new Error('InvalidStateError: the socket is not open');
    }
    this.toBroker.put(() => {
      this.#receivedBytes += text.length;
      this.#listener?.message(text);
    });
  }

  close(): void {
    const network = this.#network;
    network.hasFailed ||= this.process.isGone;
    if (this.#state === 'open' && !this.process.isEnding) {
      network.hasFailed = true;
      const isSilent = network.clock.now() - this.#answeredAt >= SHORTEST_PATIENCE_MS;
      if (!isSilent && !this.#isRefused) network.complain(`${this.side} closes a socket that is well`);
    }
    this.#isLetGo = true;
    this.toBroker.put(() => {
      this.#listener?.closed('the client has closed it');
      this.#listener = undefined;
      this.toClient.put(() => this.#ends());
    });
  }

  /** It breaks: what is on its way is lost, and so is what either side still sends that has not noticed. */
  break(noticing: Noticing): void {
    if (this.#state === 'closed') return;
    this.#network.hasFailed = true;
    this.#network.tally.add('socket cut');
    for (const lane of [this.toBroker, this.toClient]) {
      lane.clear();
      lane.isDead = true;
    }
    if (noticing === 'both' || noticing === 'broker') this.#listener?.closed('the socket broke');
    if (noticing === 'both' || noticing === 'client') this.#fails();
  }

  brokerGone(reset: boolean): void {
    if (this.#listener === undefined) return;
    this.#network.hasFailed = true;
    this.#listener = undefined;
    this.toBroker.clear();
    this.toBroker.isDead = true;
    if (reset) this.toClient.put(() => this.#fails());
  }

  /** What a socket may say that the library has let go of, and that has an event on its way still. */
  repeat(what: 'open' | 'close' | 'message'): void {
    this.#network.tally.add('late event');
    if (what === 'open') this.onopen?.({ target: this } as never);
    else if (what === 'close') this.onclose?.({ target: this } as never);
    else
      this.onmessage?.({
        target: this,
        data: `ENDPOINT_MESSAGE\n${otherOf(this.side)}\nMESSAGE\nof an old socket`,
      } as never);
  }

  /** Whether it is one of those whose events come too late. */
  get isLetGo(): boolean {
    return this.#isLetGo;
  }

  #reachesBroker(): void {
    const { accept } = this.#network;
    if (accept === undefined) {
      this.toClient.put(() => this.#fails());
      return;
    }
    this.#listener = accept(this.#brokersEnd());
    this.toClient.put(() => {
      if (this.#state !== 'connecting') return;
      this.#state = 'open';
      this.#answeredAt = this.#network.clock.now();
      this.onopen?.({ target: this } as never);
    });
  }

  #brokersEnd(): BrokerSocket {
    return {
      remote: `${this.side}'s socket`,
      send: (frame) => this.toClient.put(() => this.#receives(frame)),
      getBufferedBytes: () => 0,
      getReceivedBytes: () => this.#receivedBytes,
      ping: () =>
        this.toClient.put(() =>
          this.toBroker.put(() => {
            this.#receivedBytes += 2;
            this.#listener?.pong();
          }),
        ),
      close: (code) => {
        this.toClient.put(() => {
          this.toBroker.put(() => this.#listener?.closed(`closed with code ${code}`));
          this.#ends();
        });
      },
      terminate: () => {
        this.#listener = undefined;
        this.toClient.put(() => this.#fails());
      },
    };
  }

  #receives(frame: string): void {
    if (this.#state === 'closed') return;
    if (/^\d+ /.test(frame)) this.#answeredAt = this.#network.clock.now();
    if (frame.includes('NOT-OK')) this.#isRefused = true;
    this.onmessage?.({ target: this, data: frame } as never);
  }

  #fails(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.onerror?.({ target: this, message: 'the connection was reset' } as never);
    this.onclose?.({ target: this } as never);
  }

  #ends(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.onclose?.({ target: this } as never);
  }
}
