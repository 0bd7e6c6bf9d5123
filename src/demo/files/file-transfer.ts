import { type Actor, createActor } from 'xstate';
import { type FileMessage, LONGEST } from '../peer-messages.ts';
import {
  type FileTransferEvent,
  type FileTransferState,
  fileTransferMachine,
} from './file-transfer.machine.ts';

/** What a file on its way needs of the room. */
export interface FilePort {
  /** Sends to the other side. @returns false where there is no connection */
  send(message: FileMessage): boolean;
  /** Something that can be seen has changed. */
  changed(): void;
  /** The file is in another state. */
  stateChanged(file: FileTransfer): void;
}

export interface FileDetails {
  /** Random: the same on both sides. */
  id: string;
  /** The address of the other side. */
  eva: string;
  /** The name of the person there. */
  peerName: string;
  /** The name of the file, safe to show and to save. */
  name: string;
  /** In bytes. */
  size: number;
}

export type Direction = 'outgoing' | 'incoming';

/** What both sides of a file have in common: the actor that decides, and how it ends. */
export abstract class FileTransfer {
  readonly direction: Direction;
  readonly details: Readonly<FileDetails>;
  readonly #port: FilePort;
  readonly #actor: Actor<typeof fileTransferMachine>;

  constructor(direction: Direction, details: FileDetails, port: FilePort) {
    this.direction = direction;
    this.details = details;
    this.#port = port;
    this.#actor = createActor(fileTransferMachine, { input: { direction } });
    let shown = this.#actor.getSnapshot().value;
    this.#actor.subscribe(({ value }) => {
      if (value !== shown) port.stateChanged(this);
      shown = value;
      port.changed();
    });
    this.#actor.start();
  }

  /** How many bytes are known to have arrived at the receiving side; while it is `preparing`, have been read. */
  abstract get arrived(): number;

  get state(): FileTransferState {
    return this.#actor.getSnapshot().value;
  }

  get isOver(): boolean {
    return this.#actor.getSnapshot().hasTag('over');
  }

  /** Why it was cancelled or has failed; empty otherwise. */
  get reason(): string {
    return this.#actor.getSnapshot().context.reason;
  }

  /** The person here declines it, or wants it no more. */
  cancel(): void {
    if (this.isOver) return;
    this.tell({ type: 'file-cancel', id: this.details.id, reason: 'The other side cancelled it.' });
    this.dispatch({ type: 'cancel', reason: 'You cancelled it.' });
  }

  /** The other side wants it no more. */
  cancelledByPeer(reason: string): void {
    this.dispatch({ type: 'cancel', reason });
  }

  connectionOpened(): void {
    this.dispatch({ type: 'connection.opened' });
  }

  connectionEnded(): void {
    this.dispatch({ type: 'connection.ended' });
  }

  /** The other side has left for good. */
  peerLeft(): void {
    this.dispatch({ type: 'transfer.failed', reason: `${this.details.peerName} has left.` });
  }

  /** The page here has left: nothing happens any more. */
  stop(): void {
    this.#actor.stop();
  }

  /** It cannot go on, and the other side must know. */
  protected fail(reason: string): void {
    const told = `It failed on the other side: ${reason}`.slice(0, LONGEST.reason);
    this.tell({ type: 'file-cancel', id: this.details.id, reason: told });
    this.dispatch({ type: 'transfer.failed', reason });
  }

  protected tell(message: FileMessage): void {
    if (!this.#port.send(message)) this.dispatch({ type: 'connection.ended' });
  }

  protected dispatch(event: FileTransferEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event);
  }

  protected changed(): void {
    this.#port.changed();
  }
}
