import type { ParentEndpoint, ParentHub } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { overrideHub } from './override-hub.ts';

export interface SentFrame {
  from: string;
  to: string;
  text: string;
}

/** A hub in memory, delivering inside `send`, that loses what a test wants it to lose. */
export class LossyHub implements ParentHub {
  readonly hub = new InBrowserHub();
  /** Every frame that was sent, lost or not. */
  readonly frames: SentFrame[] = [];
  /** Whether a frame is lost; it may throw, and then `send` does. */
  loses: (frame: SentFrame) => boolean = () => false;
  readonly #lossy: ParentHub;

  constructor() {
    this.hub.setImmediateSend(true);
    this.#lossy = overrideHub(this.hub, (endpoint) => ({
      controlsCongestion: false,
      send: (to, text) => {
        const frame = { from: endpoint.eva, to, text };
        this.frames.push(frame);
        if (!this.loses(frame)) endpoint.send(to, text);
      },
    }));
  }

  openEndpoint(eva: string): ParentEndpoint {
    return this.#lossy.openEndpoint(eva);
  }

  /** What was sent, from the frame of this number on. */
  sent(from = 0): string[] {
    return this.frames.slice(from).map(({ text }) => text);
  }

  /** What one side has sent, from the frame of this number on. */
  sentBy(eva: string, from = 0): string[] {
    return this.frames
      .slice(from)
      .filter((frame) => frame.from === eva)
      .map(({ text }) => text);
  }

  /** Loses everything. */
  cut(): void {
    this.loses = () => true;
  }

  heal(): void {
    this.loses = () => false;
  }
}
