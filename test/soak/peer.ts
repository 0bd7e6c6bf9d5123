import type { Endpoint } from '../../src/core/contracts.ts';
import { VnfError } from '../../src/core/errors.ts';
import { type Counts, NOTHING } from './counts.ts';
import {
  type Conversation,
  hear,
  newConversation,
  nextMessage,
  type SoakMessage,
  type Wrong,
} from './ledger.ts';

/** How much of what happened to a connection is kept, to be shown where something goes wrong with it. */
const HISTORY = 40;

/** What a peer tells its process. */
export interface PeerListener {
  /** Of a conversation that is over. */
  ended(conversation: Conversation): void;
  wrong(wrong: Wrong): void;
}

/** The conversations that all peers of this process have had. */
let conversations = 0;

/** One endpoint of the soak: does what it is told to, and writes down what it says and hears. */
export class SoakPeer {
  readonly eva: string;
  readonly counts: Counts = { ...NOTHING };
  readonly #hub: { openEndpoint(eva: string): Endpoint<SoakMessage> };
  readonly #listener: PeerListener;
  #endpoint: Endpoint<SoakMessage>;
  /** By the address of the other side. */
  readonly #open = new Map<string, Conversation>();
  readonly #answers = new Map<string, symbol>();
  readonly #history = new Map<string, string[]>();

  constructor(
    eva: string,
    hub: { openEndpoint(eva: string): Endpoint<SoakMessage> },
    listener: PeerListener,
  ) {
    this.eva = eva;
    this.#hub = hub;
    this.#listener = listener;
    this.#endpoint = this.#openEndpoint();
  }

  /** The addresses that it is connected with. */
  get targets(): string[] {
    return [...this.#open.keys()];
  }

  get conversations(): Conversation[] {
    return [...this.#open.values()];
  }

  /** The addresses that `openConnection` has not been answered for. */
  get opening(): string[] {
    return [...this.#answers.keys()];
  }

  open(targetEva: string): void {
    this.#note(targetEva, 'opens');
    this.counts.opens += 1;
    const answer = Symbol('answer');
    this.#answers.set(targetEva, answer);
    this.#endpoint.openConnection(targetEva, ({ status }) => {
      this.#note(targetEva, `is told ${status}`);
      if (this.#answers.get(targetEva) === answer) this.#answers.delete(targetEva);
      else this.#wrong('openConnection was answered twice, or not to the newest callback', targetEva);
      if (status === 'FAILED') this.counts.failed += 1;
      else if (!this.#open.has(targetEva)) this.#wrong('told CONNECTED, and is not', targetEva);
    });
  }

  send(targetEva: string, lengths: number[]): void {
    const conversation = this.#open.get(targetEva);
    if (conversation === undefined) return;
    this.#note(targetEva, `sends ${lengths.length} from ${conversation.sent} on in ${conversation.id}`);
    for (const length of lengths) {
      const message = nextMessage(conversation, length);
      try {
        this.#endpoint.send(targetEva, message);
        this.counts.sent += 1;
        this.counts.units += length;
      } catch (error) {
        conversation.sent -= 1;
        if (error instanceof VnfError && error.code === 'ERR_BUFFER_FULL') return;
        this.#wrong(`send threw ${error}`, targetEva);
      }
    }
  }

  close(targetEva: string): void {
    this.#note(targetEva, 'closes');
    this.#endpoint.closeConnection(targetEva);
    if (this.#open.has(targetEva)) this.#wrong('closed, and is still connected', targetEva);
  }

  /** Begins anew with the same address. */
  restart(): void {
    this.destroy();
    this.#endpoint = this.#openEndpoint();
  }

  destroy(): void {
    for (const targetEva of this.targets) this.#note(targetEva, 'is destroyed');
    this.#endpoint.destroy();
    for (const targetEva of this.targets) this.#wrong('destroyed, and is still connected', targetEva);
  }

  history(targetEva: string): string[] {
    return this.#history.get(targetEva) ?? [];
  }

  #openEndpoint(): Endpoint<SoakMessage> {
    const endpoint = this.#hub.openEndpoint(this.eva);
    endpoint.onConnectionStateChange(({ targetEva, state, previous }) => {
      this.#note(targetEva, `${previous} → ${state}`);
      if (state === 'reconnecting') this.counts.interruptions += 1;
      if (state === 'CONNECTED' && previous !== 'reconnecting') this.#begin(targetEva);
      if (state === 'closed' || state === 'lost') this.#end(targetEva, state);
    });
    endpoint.onMessage = ({ sourceEva, message }) => {
      const conversation = this.#open.get(sourceEva);
      this.counts.received += 1;
      const wrong = conversation ? hear(conversation, message) : 'a message came without a connection';
      if (wrong !== undefined) this.#wrong(wrong, sourceEva);
    };
    return endpoint;
  }

  #begin(targetEva: string): void {
    if (this.#open.has(targetEva)) this.#wrong('connected a second time', targetEva);
    conversations += 1;
    const conversation = newConversation(`${this.eva}#${conversations}`, this.eva, targetEva);
    this.#open.set(targetEva, conversation);
    this.counts.connected += 1;
    // So that the other side knows whom it hears.
    this.send(targetEva, [1]);
  }

  #end(targetEva: string, state: 'closed' | 'lost'): void {
    const conversation = this.#open.get(targetEva);
    if (conversation === undefined) return;
    this.#open.delete(targetEva);
    conversation.state = state;
    this.counts[state] += 1;
    this.#listener.ended(conversation);
  }

  #wrong(what: string, targetEva: string): void {
    this.#note(targetEva, what);
    this.#listener.wrong({ wrong: what, eva: this.eva, targetEva });
  }

  #note(targetEva: string, what: string): void {
    const lines = this.#history.get(targetEva) ?? [];
    lines.push(`${new Date().toISOString().slice(11, 23)} ${this.eva} ↔ ${targetEva} ${what}`);
    this.#history.set(targetEva, lines.slice(-HISTORY));
  }
}
