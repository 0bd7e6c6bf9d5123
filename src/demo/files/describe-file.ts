import type { FileTransfer } from './file-transfer.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes as people read it: `52.4 MB`. */
export function readableSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}

/** Whole percents; 100 only when all is there. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.floor((part / whole) * 100);
}

/** Where a file is, beside its progress bar. */
export function describeStatus(file: FileTransfer): string {
  const { state, arrived, reason, direction } = file;
  const { size, peerName } = file.details;
  const percent = `${percentOf(arrived, size)} %`;
  switch (state) {
    case 'preparing':
      return `Reading it for its checksum, ${percent}`;
    case 'offered':
      return direction === 'outgoing'
        ? `Waiting for ${peerName} to accept.`
        : `${peerName} offers it to you.`;
    case 'transferring':
      return `${readableSize(arrived)} of ${readableSize(size)}, ${percent}`;
    case 'interrupted':
      return `The connection to ${peerName} was cut at ${percent}. It goes on from there once that is back.`;
    case 'done':
      return 'All of it has arrived; its SHA-256 is right.';
    default:
      return reason;
  }
}

/** What the chat says when a file is in another state; nothing of what its own person has just done. */
export function describeChange({ state, direction, reason, details }: FileTransfer): string | undefined {
  const { name, peerName, size } = details;
  const isIncoming = direction === 'incoming';
  switch (state) {
    case 'preparing':
      return undefined;
    case 'offered':
      return isIncoming ? `${peerName} offers you ${name}, ${readableSize(size)}.` : undefined;
    case 'transferring':
      return isIncoming ? undefined : `${peerName} is getting ${name}.`;
    case 'interrupted':
      return `${name} is interrupted.`;
    case 'done':
      return isIncoming ? `${name} of ${peerName} has arrived.` : `${peerName} has all of ${name}.`;
    case 'cancelled':
      return `${name}: ${reason}`;
    case 'failed':
      return `${name} has failed: ${reason}`;
  }
}
