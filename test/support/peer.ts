import { Vnf } from '../../src/index.ts';

/** What a test asks of a peer, wherever it runs: plain values alone cross to it and back. */
export interface PeerCalls {
  /** Opens an endpoint in a hub of its own, whose connections are lost after this silence, in ms. */
  open(url: string, eva: string, lostTimeoutMs: number): void;
  /** Resolves with the status that the callback is told. */
  connect(eva: string): Promise<string>;
  /** Sends the text of each length. */
  send(eva: string, lengths: number[]): void;
  /** Waits for as many messages: the length of each, or what is wrong with it. */
  received(count: number): Promise<(number | string)[]>;
  states(eva: string): string[];
  destroy(): void;
}

/** A text of this length that shows where a piece is missing or in the wrong place. */
function textOf(length: number): string {
  let text = '';
  while (text.length < length) text += `${text.length} äé𝕧 `;
  const cut = text.slice(0, length);
  return cut.isWellFormed() ? cut : `${cut.slice(0, -1)}.`;
}

/** A peer on ReliableRtcHub(WebSocketHub). */
export function createPeer(): PeerCalls {
  const messages: string[] = [];
  const states: { eva: string; state: string }[] = [];
  let heard = () => {};
  let endpoint: ReturnType<InstanceType<typeof Vnf.ReliableRtcHub>['openEndpoint']>;

  return {
    open(url, eva, lostTimeoutMs) {
      const hub = new Vnf.ReliableRtcHub(new Vnf.WebSocketHub(new Vnf.WebSocketFactory(url)));
      // The other side may still be logging in.
      hub.setRetryConnectAfterDelay(100);
      hub.setConnectionLostTimeout(lostTimeoutMs);
      endpoint = hub.openEndpoint(eva);
      endpoint.onMessage = ({ message }) => {
        messages.push(message);
        heard();
      };
      endpoint.onConnectionStateChange(({ targetEva, state }) => states.push({ eva: targetEva, state }));
    },
    connect: (eva) => new Promise((resolve) => endpoint.openConnection(eva, ({ status }) => resolve(status))),
    send(eva, lengths) {
      for (const length of lengths) endpoint.send(eva, textOf(length));
    },
    async received(count) {
      await new Promise<void>((resolve) => {
        heard = () => messages.length >= count && resolve();
        heard();
      });
      return messages
        .splice(0)
        .map((text) => (text === textOf(text.length) ? text.length : text.slice(0, 80)));
    },
    states: (of) => states.filter(({ eva }) => eva === of).map(({ state }) => state),
    destroy: () => endpoint?.destroy(),
  };
}
