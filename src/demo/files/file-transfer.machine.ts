import { assign, type SnapshotFrom, setup } from 'xstate';

export type FileTransferEvent =
  /** The receiving side has asked for bytes: it accepts the file, or goes on after a cut. */
  | { type: 'bytes.requested' }
  /** The last byte has arrived at the receiving side. */
  | { type: 'bytes.completed' }
  /** The connection has ended; whatever was on its way is lost. */
  | { type: 'connection.ended' }
  /** One of the two people wants the file no more. */
  | { type: 'cancel'; reason: string }
  /** It cannot go on. */
  | { type: 'transfer.failed'; reason: string };

/**
 * One file on its way from one page to another, on either side. The bytes are moved by OutgoingFile and IncomingFile;
 * here is decided when they may.
 */
export const fileTransferMachine = setup({
  types: {
    context: {} as { reason: string },
    events: {} as FileTransferEvent,
    tags: {} as 'over',
  },
  actions: {
    rememberReason: assign({ reason: ({ event }) => ('reason' in event ? event.reason : '') }),
  },
}).createMachine({
  id: 'file-transfer',
  context: { reason: '' },
  initial: 'offered',
  on: {
    cancel: { target: '.cancelled', actions: 'rememberReason' },
    'transfer.failed': { target: '.failed', actions: 'rememberReason' },
  },
  states: {
    /** Nobody has accepted it yet. A connection that ends changes nothing: the offer is repeated on the next one. */
    offered: { on: { 'bytes.requested': 'transferring' } },
    transferring: { on: { 'bytes.completed': 'done', 'connection.ended': 'interrupted' } },
    /** Waits, as long as both pages are open, for a connection and for the receiving side to say where to go on. */
    interrupted: { on: { 'bytes.requested': 'transferring' } },
    done: { type: 'final', tags: 'over' },
    cancelled: { type: 'final', tags: 'over' },
    failed: { type: 'final', tags: 'over' },
  },
});

export type FileTransferState = SnapshotFrom<typeof fileTransferMachine>['value'];
