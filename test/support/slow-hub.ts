import type { ParentEndpoint, ParentHub } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { overrideHub } from './override-hub.ts';

/** A hub in memory that loses nothing and takes its time: each endpoint sends so many units a second, in order. */
export class SlowHub implements ParentHub {
  readonly hub = new InBrowserHub();
  /** UTF-16 units that each address has sent, those included that are still on their way. */
  readonly #units = new Map<string, number>();
  readonly #slow: ParentHub;

  constructor(clock: VirtualClock, unitsPerSecond: number) {
    this.hub.setImmediateSend(true);
    this.#slow = overrideHub(this.hub, (endpoint) => {
      let freeAt = 0;
      return {
        send: (to, text) => {
          this.#units.set(endpoint.eva, this.sentBy(endpoint.eva) + text.length);
          freeAt = Math.max(freeAt, clock.now()) + (text.length / unitsPerSecond) * 1000;
          clock.setTimeout(() => {
            if (endpoint.isConnected(to)) endpoint.send(to, text);
          }, freeAt - clock.now());
        },
      };
    });
  }

  openEndpoint(eva: string): ParentEndpoint {
    return this.#slow.openEndpoint(eva);
  }

  sentBy(eva: string): number {
    return this.#units.get(eva) ?? 0;
  }
}
