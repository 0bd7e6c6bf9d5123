import type { ParentHub } from '../core/contracts.ts';
import { ReliableHub } from './reliable-hub.ts';
import { RtcHub, type RtcHubOptions } from './rtc-hub.ts';

/**
 * A {@link ReliableHub} over an {@link RtcHub} of its own: WebRTC connections whose conversation survives the loss
 * of the channel.
 *
 * @public
 */
export class ReliableRtcHub extends ReliableHub {
  /**
   * @param signalingHub - any hub that carries text: where the two sides find each other
   * @throws VnfError as the constructor of {@link RtcHub} does
   */
  constructor(signalingHub: ParentHub, options?: RtcHubOptions) {
    super(new RtcHub(signalingHub, options), options);
  }
}
