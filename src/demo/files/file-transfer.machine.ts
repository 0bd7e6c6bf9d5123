import { assign, cancel, raise, type SnapshotFrom, setup } from 'xstate';

export type FileTransferEvent =
  /** The sending side has read the whole file once, and knows its checksum. */
  | { type: 'file.read' }
  /** The receiving side has asked for bytes: it accepts the file, or goes on after a cut. */
  | { type: 'bytes.requested' }
  /** The last byte has arrived at the receiving side. */
  | { type: 'bytes.completed' }
  /** There is a new connection. */
  | { type: 'connection.opened' }
  /** The connection has ended; whatever was on its way is lost. */
  | { type: 'connection.ended' }
  /** It has not come back in time. */
  | { type: 'connection.missed' }
  /** One of the two people wants the file no more. */
  | { type: 'cancel'; reason: string }
  /** It cannot go on. */
  | { type: 'transfer.failed'; reason: string };

/** Enough for a phone that sleeps for a while; a page that has crashed never comes back, and says nothing of it. */
export const CONNECTION_PATIENCE_MS = 10 * 60_000;

const MISSED = 'The connection did not come back within 10 minutes.';

/**
 * One file on its way from one page to another, on either side. The bytes are moved by OutgoingFile and IncomingFile;
 * here is decided when they may.
 */
export const fileTransferMachine = setup({
  types: {
    context: {} as { direction: 'outgoing' | 'incoming'; reason: string },
    input: {} as { direction: 'outgoing' | 'incoming' },
    events: {} as FileTransferEvent,
    tags: {} as 'over',
  },
  actions: {
    rememberReason: assign({ reason: ({ event }) => ('reason' in event ? event.reason : MISSED) }),
    beginPatience: raise({ type: 'connection.missed' }, { id: 'patience', delay: 'connectionPatience' }),
    endPatience: cancel('patience'),
  },
  guards: {
    isIncoming: ({ context }) => context.direction === 'incoming',
  },
  delays: {
    connectionPatience: CONNECTION_PATIENCE_MS,
  },
}).createMachine({
  id: 'file-transfer',
  context: ({ input }) => ({ direction: input.direction, reason: '' }),
  initial: 'preparing',
  on: {
    'connection.opened': { actions: 'endPatience' },
    'connection.ended': { actions: ['endPatience', 'beginPatience'] },
    'connection.missed': { target: '.failed', actions: 'rememberReason' },
    cancel: { target: '.cancelled', actions: 'rememberReason' },
    'transfer.failed': { target: '.failed', actions: 'rememberReason' },
  },
  states: {
    /** The sending side reads it for its checksum; nobody else knows of it yet. */
    preparing: {
      always: { target: 'offered', guard: 'isIncoming' },
      on: { 'file.read': 'offered' },
    },
    /** Nobody has accepted it yet. The offer is repeated on every new connection. */
    offered: { on: { 'bytes.requested': 'transferring' } },
    transferring: {
      on: {
        'bytes.completed': 'done',
        'connection.ended': { target: 'interrupted', actions: ['endPatience', 'beginPatience'] },
      },
    },
    /** Waits for a connection, and for the receiving side to say where to go on. */
    interrupted: { on: { 'bytes.requested': 'transferring' } },
    done: { type: 'final', tags: 'over' },
    cancelled: { type: 'final', tags: 'over' },
    failed: { type: 'final', tags: 'over' },
  },
});

export type FileTransferState = SnapshotFrom<typeof fileTransferMachine>['value'];
