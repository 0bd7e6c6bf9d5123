import { type ConnectionState, type Endpoint, VnfError } from '../index.ts';
import { ChatLog } from './chat-log.ts';
import { describeChange } from './files/describe-file.ts';
import type { FileTransfer } from './files/file-transfer.ts';
import { Transfers } from './files/transfers.ts';
import { NAMELESS } from './label.ts';
import { MOST_NEIGHBOURS, neighboursOf } from './neighbours.ts';
import type { Occupant } from './occupants.ts';
import { decodePeerMessage, type Hello, type PeerMessage } from './peer-messages.ts';

/** Neighbours, and those who are not or not yet: who has read another list, or is kept until a file is over. */
export const MOST_PEERS = 2 * MOST_NEIGHBOURS;

/** So many lists in a row must have no need of a peer before it is let go: each side reads them at its own time. */
const ABSENCES = 2;

/** Somebody else in the room. */
export interface Peer {
  readonly eva: string;
  name: string;
  /** The state of the connection; `undefined` as long as there was none. */
  state: ConnectionState | undefined;
  /** How many lists in a row had no need of it: without it while it was not connected, or with it as no neighbour. */
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
  /** Who has said that they leave, while the list may still have them. */
  readonly #left = new Set<string>();
  #unconnected: string[] = [];

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

  /** The names of those in the room with whom this page has no connection, since the room is so large. */
  get unconnected(): readonly string[] {
    return this.#unconnected;
  }

  /** Connects to the neighbours among those who are listed, and lets go of whom the room has no need any more. */
  listed(occupants: readonly Occupant[]): void {
    const names = this.#othersIn(occupants);
    const neighbours = new Set(neighboursOf(this.#endpoint.eva, [...names.keys()]));
    for (const peer of this.peers) {
      const isListed = names.has(peer.eva);
      const isNeeded = isListed
        ? neighbours.has(peer.eva) || this.transfers.hasOpen(peer.eva)
        : peer.state === 'CONNECTED';
      peer.absences = isNeeded ? 0 : peer.absences + 1;
      if (peer.absences < ABSENCES) continue;
      if (isListed) this.#letGo(peer);
      else this.#remove(peer);
    }
    for (const eva of neighbours) {
      const name = names.get(eva) as string;
      const peer = this.#peers.get(eva) ?? this.#add(eva, name);
      if (peer !== undefined) this.#connect(peer, name);
    }
    this.#unconnected = [...names].filter(([eva]) => !this.#peers.has(eva)).map(([, name]) => name);
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
    for (const { eva } of this.peers) this.#send(eva, { type: 'leave' });
    this.transfers.stop();
    this.#endpoint.destroy();
  }

  /** The names of the others who are listed in this room, by address. */
  #othersIn(occupants: readonly Occupant[]): Map<string, string> {
    const others = occupants.filter(({ room, eva }) => room === this.name && eva !== this.#endpoint.eva);
    const names = new Map(others.map(({ eva, name }) => [eva, name]));
    for (const eva of this.#left) if (!names.delete(eva)) this.#left.delete(eva);
    return names;
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
    if (state === undefined || state === 'lost' || state === 'closed') {
      // Whether it succeeds is told as a change of its state.
      this.#endpoint.openConnection(peer.eva, () => {});
    }
  }

  /** Somebody has left the room. */
  #remove(peer: Peer): void {
    this.#disconnect(peer);
    if (peer.isGreeted) this.chat.add('note', '', `${peer.name} left.`);
  }

  /** Somebody is in another room, or far away in this one. */
  #letGo(peer: Peer): void {
    this.#send(peer.eva, { type: 'let-go' });
    this.#disconnect(peer);
  }

  #disconnect({ eva }: Peer): void {
    // First, so that the end of its connection finds nobody any more.
    this.#peers.delete(eva);
    this.#endpoint.closeConnection(eva);
    this.chat.settle(eva, 'missed');
    this.transfers.connectionEnded(eva);
  }

  #stateChanged(eva: string, state: ConnectionState): void {
    // A peer that has read the list before this page did opens the connection itself.
    const peer = this.#peers.get(eva) ?? (state === 'connecting' ? this.#add(eva, NAMELESS) : undefined);
    if (peer === undefined) return;
    peer.state = state;
    if (state === 'connecting') this.#left.delete(eva);
    if (state === 'CONNECTED') this.chat.settle(eva, 'sent');
    if (state === 'lost' || state === 'closed') this.chat.settle(eva, 'missed');
    this.#changed();
  }

  #opened(eva: string): void {
    if (!this.#peers.has(eva)) {
      // The room has no place for another one.
      this.#endpoint.closeConnection(eva);
      return;
    }
    const files = this.transfers.sentTo(eva);
    this.#send(eva, { type: 'hello', room: this.name, name: this.person, files });
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
      case 'leave':
        this.#left.add(peer.eva);
        this.#remove(peer);
        this.transfers.peerLeft(peer.eva);
        return undefined;
      case 'let-go':
        this.#disconnect(peer);
        return undefined;
      case 'chat':
        this.chat.add('peer', peer.name, message.text);
        return undefined;
      default:
        return this.transfers.receive(peer.eva, peer.name, message);
    }
  }

  #greeted(peer: Peer, { room, name, files }: Hello): undefined {
    if (room !== this.name) {
      // It has read an old list.
      this.#letGo(peer);
      return;
    }
    peer.name = name;
    if (!peer.isGreeted) this.chat.add('note', '', `${name} is here.`);
    peer.isGreeted = true;
    this.transfers.greeted(peer.eva, files);
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
