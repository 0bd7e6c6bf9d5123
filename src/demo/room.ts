import { type ConnectionState, type Endpoint, VnfError } from '../index.ts';
import { ChatLog } from './chat-log.ts';
import { describeChange } from './files/describe-file.ts';
import type { FileTransfer } from './files/file-transfer.ts';
import { Transfers } from './files/transfers.ts';
import type { Occupant } from './occupants.ts';
import { decodePeerMessage, type Hello, type PeerMessage } from './peer-messages.ts';

/** How many others a page connects to: each is a connection of its own, and a mesh grows with the square. */
export const MOST_PEERS = 24;

/** A peer that is not connected has left when the registry does not list it so often in a row. */
const ABSENCES = 2;

/** Somebody else in the room. */
export interface Peer {
  readonly eva: string;
  name: string;
  /** The state of the connection; `undefined` as long as there was none. */
  state: ConnectionState | undefined;
  /** How often in a row the registry did not list it while it was not connected; it may do so again after an outage. */
  absences: number;
  /** Whether it has said hello. */
  isGreeted: boolean;
  /** How many of its messages were malformed, and ignored. */
  ignored: number;
}

export interface RoomOptions {
  /** The name of the room. */
  name: string;
  /** The name of the person here. */
  person: string;
  endpoint: Endpoint<unknown>;
  /** Something that can be seen has changed. */
  onChange: () => void;
}

/** A room: a connection to everybody in it, what is said, and the files. It knows nothing of the page. */
export class Room {
  readonly name: string;
  readonly person: string;
  readonly chat: ChatLog;
  readonly transfers: Transfers;
  readonly #endpoint: Endpoint<unknown>;
  readonly #peers = new Map<string, Peer>();
  readonly #changed: () => void;
  #unconnected = 0;

  constructor({ name, person, endpoint, onChange }: RoomOptions) {
    this.name = name;
    this.person = person;
    this.#endpoint = endpoint;
    this.#changed = onChange;
    this.chat = new ChatLog(onChange);
    this.transfers = new Transfers({
      send: (eva, message) => this.#send(eva, message),
      changed: onChange,
      stateChanged: (file) => this.#noteFile(file),
    });
    endpoint.onConnectionStateChange(({ targetEva, state }) => this.#stateChanged(targetEva, state));
    endpoint.onConnectionOpen((eva) => this.#opened(eva));
    endpoint.onConnectionLost((eva) => this.#ended(eva));
    endpoint.onMessage = ({ sourceEva, message }) => this.#received(sourceEva, message);
  }

  /** The others, in the order in which they came. */
  get peers(): Peer[] {
    return [...this.#peers.values()];
  }

  /** How many people in the room are too many to be connected to. */
  get unconnected(): number {
    return this.#unconnected;
  }

  /** Connects to everybody who is listed, and lets go of those who are neither listed nor connected. */
  listed(occupants: readonly Occupant[]): void {
    const others = occupants.filter(({ room, eva }) => room === this.name && eva !== this.#endpoint.eva);
    const names = new Map(others.map(({ eva, name }) => [eva, name]));
    for (const peer of this.peers) {
      const isThere = names.has(peer.eva) || peer.state === 'CONNECTED';
      peer.absences = isThere ? 0 : peer.absences + 1;
      if (peer.absences >= ABSENCES) this.#remove(peer);
    }
    this.#unconnected = 0;
    for (const [eva, name] of names) {
      const peer = this.#peers.get(eva) ?? this.#add(eva, name);
      if (peer === undefined) this.#unconnected += 1;
      else this.#connect(peer, name);
    }
    this.#changed();
  }

  /** Sends a text to everybody. */
  say(text: string): void {
    const recipients = this.peers
      .filter(({ eva }) => this.#send(eva, { type: 'chat', text }))
      .map(({ eva, name, state }) => {
        const delivery = state === 'CONNECTED' ? ('sent' as const) : ('waiting' as const);
        return [eva, { name, delivery }] as const;
      });
    this.chat.add('you', this.person, text, new Map(recipients));
  }

  /** Offers a file to one of the others. */
  offerFile(peer: Peer, file: File): void {
    const problem = this.transfers.offer(peer.eva, peer.name, file);
    if (problem !== undefined) this.chat.add('warning', '', problem);
  }

  /** Says goodbye to everybody. */
  leave(): void {
    this.#endpoint.destroy();
  }

  #add(eva: string, name: string): Peer | undefined {
    if (this.#peers.size >= MOST_PEERS) return undefined;
    const peer = { eva, name, state: undefined, absences: 0, isGreeted: false, ignored: 0 };
    this.#peers.set(eva, peer);
    return peer;
  }

  #connect(peer: Peer, name: string): void {
    peer.name = name;
    const { state } = peer;
    if (state === undefined || state === 'lost') {
      // Whether it succeeds is told as a change of its state.
      this.#endpoint.openConnection(peer.eva, () => {});
    }
  }

  #remove(peer: Peer): void {
    // First, so that the end of its connection finds nobody any more.
    this.#peers.delete(peer.eva);
    this.#endpoint.closeConnection(peer.eva);
    this.chat.settle(peer.eva, 'missed');
    this.transfers.connectionEnded(peer.eva);
    if (peer.isGreeted) this.chat.add('note', '', `${peer.name} left.`);
  }

  #stateChanged(eva: string, state: ConnectionState): void {
    // A peer that has read the list before this page did opens the connection itself.
    const peer = this.#peers.get(eva) ?? (state === 'connecting' ? this.#add(eva, 'Somebody') : undefined);
    if (peer === undefined) return;
    peer.state = state;
    if (state === 'CONNECTED') this.chat.settle(eva, 'sent');
    if (state === 'lost') this.chat.settle(eva, 'missed');
    // A page closes its connections when it leaves.
    if (state === 'closed') this.#remove(peer);
    this.#changed();
  }

  #opened(eva: string): void {
    if (!this.#peers.has(eva)) {
      // The room has no place for another one.
      this.#endpoint.closeConnection(eva);
      return;
    }
    this.#send(eva, { type: 'hello', room: this.name, name: this.person });
    this.transfers.connectionOpened(eva);
  }

  #ended(eva: string): void {
    this.transfers.connectionEnded(eva);
  }

  #received(eva: string, value: unknown): void {
    const peer = this.#peers.get(eva);
    if (peer === undefined) return;
    const message = decodePeerMessage(value);
    const problem = message.type === 'malformed' ? message.reason : this.#handle(peer, message);
    if (problem !== undefined) this.#ignore(peer, problem);
    this.#changed();
  }

  /** @returns what is wrong with the message, if anything */
  #handle(peer: Peer, message: PeerMessage): string | undefined {
    if (message.type === 'hello') return this.#greeted(peer, message);
    if (!peer.isGreeted) return 'it came before a hello';
    switch (message.type) {
      case 'chat':
        this.chat.add('peer', peer.name, message.text);
        return undefined;
      default:
        return this.transfers.receive(peer.eva, peer.name, message);
    }
  }

  #greeted(peer: Peer, { room, name }: Hello): undefined {
    if (room !== this.name) {
      // It has read an old list.
      this.#remove(peer);
      return;
    }
    peer.name = name;
    if (!peer.isGreeted) this.chat.add('note', '', `${name} is here.`);
    peer.isGreeted = true;
  }

  /** Whoever reads the chat, or has it read aloud, hears of files too. */
  #noteFile(file: FileTransfer): void {
    const note = describeChange(file);
    if (note !== undefined) this.chat.add('note', '', note);
  }

  /** Said once for each peer, which may send as much of it as it likes; the count is shown beside its name. */
  #ignore(peer: Peer, reason: string): void {
    peer.ignored += 1;
    if (peer.ignored === 1) {
      this.chat.add('warning', '', `A message from ${peer.name} was ignored: ${reason}.`);
    }
  }

  /** @returns false where there is no connection */
  #send(eva: string, message: PeerMessage): boolean {
    try {
      this.#endpoint.send(eva, message);
      return true;
    } catch (error) {
      const isExpected = error instanceof VnfError && error.code === 'ERR_NOT_CONNECTED';
      if (!isExpected) this.chat.add('warning', '', error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}
