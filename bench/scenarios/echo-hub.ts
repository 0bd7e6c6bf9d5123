import type { MessageEvent, ParentEndpoint, ParentHub } from '../../src/core/contracts.ts';

/**
 * A hub that is every other side of ReliableHub connections at once, and keeps nothing of any of them: it accepts
 * what is opened and answers each frame (PROTOCOL §4), so that what is measured is this side alone.
 */
export class EchoHub implements ParentHub {
  openEndpoint(eva: string): ParentEndpoint {
    const answers: { sourceEva: string; message: string }[] = [];
    const deliver = () => {
      for (const answer of answers.splice(0)) endpoint.onMessage?.({ ...answer, endpoint } as MessageEvent);
    };
    const endpoint: ParentEndpoint = {
      eva,
      onMessage: undefined,
      openConnection: (targetEva, callback) => callback({ status: 'CONNECTED', targetEva }),
      isConnected: () => true,
      send(sourceEva, frame) {
        const message = answerTo(frame);
        if (message === undefined) return;
        answers.push({ sourceEva, message });
        if (answers.length === 1) setImmediate(deliver);
      },
      closeConnection() {},
      onConnectionOpen() {},
      onConnectionLost() {},
      onDestroy() {},
      destroy() {},
      isDestroyed: () => false,
    };
    return endpoint;
  }
}

function answerTo(frame: string): string | undefined {
  const [type, first = '', second = '', gapBegin] = frame.split(' ');
  // The id of the other side names its session after ours.
  if (type === 'HANDSHAKE') return `ACCEPT ${first} v1~${first}`;
  if (type === 'HEARTBEAT') return `HEARTBEAT ${second} ${first} ${gapBegin} -1`;
  if (type === 'CLOSE-CONNECTION') return `CLOSE-ACCEPT ${second} ${first}`;
  return undefined;
}
