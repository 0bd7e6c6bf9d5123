import { type FileMessage, type FileOffer, MOST_OPEN_FILES } from '../peer-messages.ts';
import { safeFileName } from './file-name.ts';
import type { Direction, FilePort, FileTransfer } from './file-transfer.ts';
import { IncomingFile } from './incoming-file.ts';
import { OutgoingFile } from './outgoing-file.ts';

/** How many files are kept: the oldest that is over makes room for a new one, which is declined where none is. */
export const MOST_FILES = 100;

/** What the files of a room need of it. */
export interface TransfersPort {
  send(eva: string, message: FileMessage): boolean;
  changed(): void;
  /** A file was offered, or is in another state. */
  stateChanged(file: FileTransfer): void;
}

/** All files of a room, on their way, waiting and over, and which message is for which of them. */
export class Transfers {
  readonly #port: TransfersPort;
  #files: FileTransfer[] = [];

  constructor(port: TransfersPort) {
    this.#port = port;
  }

  get files(): readonly FileTransfer[] {
    return this.#files;
  }

  /**
   * Offers a file to a peer.
   *
   * @returns why that is not possible, if it is not
   */
  offer(eva: string, peerName: string, file: File): string | undefined {
    if (this.#open(eva, 'outgoing').length >= MOST_OPEN_FILES) {
      return `${MOST_OPEN_FILES} files for ${peerName} are under way: wait for one of them, or cancel it.`;
    }
    if (!this.#makeRoom()) {
      return `${MOST_FILES} files are under way: wait for one of them, or cancel it.`;
    }
    const details = { id: randomId(), eva, peerName, name: safeFileName(file.name), size: file.size };
    const outgoing = new OutgoingFile(details, this.#portTo(eva), file);
    this.#add(outgoing);
    void outgoing.prepare();
    return undefined;
  }

  /** @returns what is wrong with the message, if anything */
  receive(eva: string, peerName: string, message: FileMessage): string | undefined {
    const file = this.#files.find(({ details }) => details.eva === eva && details.id === message.id);
    switch (message.type) {
      case 'file-offer':
        return this.#offered(eva, peerName, message, file);
      case 'file-request':
        if (file instanceof OutgoingFile) return file.requested(message);
        return this.#refuse(eva, message.id);
      case 'file-chunk':
        return file instanceof IncomingFile ? file.receive(message) : this.#refuse(eva, message.id);
      case 'file-cancel':
        file?.cancelledByPeer(message.reason);
        return undefined;
    }
  }

  /** The ids of the files that this page offers or sends to a peer. */
  sentTo(eva: string): string[] {
    return this.#open(eva, 'outgoing').map(({ details }) => details.id);
  }

  /** Whether any file is under way with a peer. */
  hasOpen(eva: string): boolean {
    return this.#filesOf(eva).some(({ isOver }) => !isOver);
  }

  connectionOpened(eva: string): void {
    for (const file of this.#filesOf(eva)) file.connectionOpened();
  }

  connectionEnded(eva: string): void {
    for (const file of this.#filesOf(eva)) file.connectionEnded();
  }

  /** A peer has said on a new connection which files it still sends: the others ended while nobody could be told. */
  greeted(eva: string, sent: readonly string[]): void {
    for (const file of this.#open(eva, 'incoming')) {
      if (!sent.includes(file.details.id)) file.cancelledByPeer('The other side has ended it.');
    }
  }

  /** A peer has left for good. */
  peerLeft(eva: string): void {
    for (const file of this.#filesOf(eva)) file.peerLeft();
  }

  /** The page here has left the room. */
  stop(): void {
    for (const file of this.#files) file.stop();
  }

  /** Shows a file that is over no more, and frees it. */
  dismiss(file: FileTransfer): void {
    if (!file.isOver) return;
    this.#files = this.#files.filter((other) => other !== file);
    this.#port.changed();
  }

  #offered(
    eva: string,
    peerName: string,
    offer: FileOffer,
    known: FileTransfer | undefined,
  ): string | undefined {
    if (known instanceof IncomingFile) known.offeredAgain();
    else if (known !== undefined) return 'it offers a file under the id of another one';
    else if (this.#open(eva, 'incoming').length >= MOST_OPEN_FILES || !this.#makeRoom()) {
      const reason = 'Too many files are under way on the other side.';
      this.#port.send(eva, { type: 'file-cancel', id: offer.id, reason });
    } else {
      const { id, size, sha256 } = offer;
      const details = { id, eva, peerName, name: safeFileName(offer.name), size };
      this.#add(new IncomingFile(details, sha256, this.#portTo(eva)));
    }
    return undefined;
  }

  /** A file that was dismissed here, or was of a page before this one. */
  #refuse(eva: string, id: string): undefined {
    this.#port.send(eva, { type: 'file-cancel', id, reason: 'The other side does not have it any more.' });
  }

  #add(file: FileTransfer): void {
    this.#files = [...this.#files, file];
    this.#port.stateChanged(file);
    this.#port.changed();
  }

  /** @returns false where all files are under way */
  #makeRoom(): boolean {
    if (this.#files.length < MOST_FILES) return true;
    const oldest = this.#files.find(({ isOver }) => isOver);
    this.#files = this.#files.filter((other) => other !== oldest);
    return oldest !== undefined;
  }

  #filesOf(eva: string): FileTransfer[] {
    return this.#files.filter(({ details }) => details.eva === eva);
  }

  #open(eva: string, direction: Direction): FileTransfer[] {
    return this.#filesOf(eva).filter((file) => file.direction === direction && !file.isOver);
  }

  #portTo(eva: string): FilePort {
    return {
      send: (message) => this.#port.send(eva, message),
      changed: () => this.#port.changed(),
      stateChanged: (file) => this.#port.stateChanged(file),
    };
  }
}

/** 128 random bits, also where a page has no secure context. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
