import { checkCount } from '../core/checks.ts';
import type { ParentEndpoint, ParentHub } from '../core/contracts.ts';
import { checkRoom, tooLarge } from '../core/limits.ts';
import type { LinkPort } from '../core/link.ts';
import { about, log } from '../core/logger.ts';
import type { Environment, HubOptions } from '../core/options.ts';
import { PassThroughEndpoint, PassThroughLink } from '../core/pass-through.ts';
import { ProxyHub } from '../core/proxy-hub.ts';
import type { RepeatLog } from '../core/repeat-log.ts';
import { encodeMessage, fragmentsOf, LONGEST_LENGTH, Reassembler } from '../protocol/marshaller.ts';

/** What a {@link MarshallerHub} can be given. @public */
export interface MarshallerHubOptions extends HubOptions {
  /**
   * The length of a fragment in UTF-16 units, 1 or more; a smaller one costs more frames, a larger one may not fit
   * the channel below.
   * @default 16384, which fits every browser's data channel and the original's broker
   */
  fragmentSize?: number;
  /**
   * The longest message in UTF-16 units, sent or received, up to 999 999 999. A peer that announces more is
   * disconnected.
   * @default 67108864 (64 Mi)
   */
  maxMessageLength?: number;
}

interface MarshallerSettings {
  readonly fragmentSize: number;
  readonly maxMessageLength: number;
}

/** More than any stack of hubs adds to each fragment, in UTF-16 units, besides the two addresses. */
const FRAME_OVERHEAD = 512;

class MarshallerLink<M> extends PassThroughLink<M> {
  readonly #settings: MarshallerSettings;
  readonly #warnings: RepeatLog;
  readonly #reassembler: Reassembler;

  constructor(port: LinkPort<M>, parent: ParentEndpoint, settings: MarshallerSettings, warnings: RepeatLog) {
    super(port, parent);
    this.#warnings = warnings;
    this.#settings = settings;
    this.#reassembler = new Reassembler(settings.maxMessageLength);
  }

  override send(message: M): unknown {
    const { eva, targetEva } = this.port;
    const { fragmentSize, maxMessageLength } = this.#settings;
    const encoded = encodeMessage(message);
    const length = encoded.data.length;
    if (length > maxMessageLength) {
      const advice = 'raise maxMessageLength on both sides';
      throw tooLarge('A message', `${length} UTF-16 units`, maxMessageLength, advice);
    }
    if (encoded.header.length + length <= fragmentSize) {
      // The parent takes it or refuses it as a whole, so that only our own bound has to be looked at.
      checkRoom(targetEva, length, this.port.maxBufferedAmount - this.getBufferedAmount());
      return this.parent.send(targetEva, encoded.header + encoded.data);
    }
    const overhead = FRAME_OVERHEAD + eva.length + targetEva.length;
    const size = length + Math.ceil((length + 1) / fragmentSize) * overhead;
    checkRoom(targetEva, size, this.getSendCapacity());
    return this.#sendFragments(encoded);
  }

  #sendFragments(encoded: { header: string; data: string }): unknown {
    const { targetEva } = this.port;
    let sent = 0;
    let verdict: unknown;
    try {
      for (const fragment of fragmentsOf(encoded, this.#settings.fragmentSize)) {
        verdict = this.parent.send(targetEva, fragment);
        sent += 1;
      }
    } catch (error) {
      // Half a message would swallow the next one at the other side.
      if (sent > 0) this.#breakOff('the parent hub refused a fragment');
      throw error;
    }
    return verdict;
  }

  receive(fragment: string): void {
    const assembled = this.#reassembler.accept(fragment);
    if (assembled.kind === 'message') this.port.deliver(assembled.message as M);
    else if (assembled.kind === 'violation') this.#breakOff(assembled.reason);
    else if (assembled.kind === 'malformed') {
      this.#warnings.warn('a malformed message was dropped', about(this.port, assembled.reason));
    }
  }

  #breakOff(reason: string): void {
    log.error('the connection is closed', about(this.port, reason));
    this.parent.closeConnection(this.port.targetEva);
  }
}

class MarshallerEndpoint<M> extends PassThroughEndpoint<M> {
  readonly #settings: MarshallerSettings;

  constructor(parent: ParentEndpoint, eva: string, environment: Environment, settings: MarshallerSettings) {
    super(parent, eva, environment);
    this.#settings = settings;
  }

  // Encoding is the check.
  protected override checkMessage(): void {}

  protected override createLink(port: LinkPort<M>): MarshallerLink<M> {
    return new MarshallerLink(port, this.parent, this.#settings, this.warnings);
  }

  protected override parentMessage(sourceEva: string, fragment: string): void {
    const link = this.findConnection(sourceEva)?.link;
    if (link instanceof MarshallerLink) link.receive(fragment);
  }
}

/**
 * A proxy hub for messages of any length, strings or whatever JSON can express: cut into fragments below, put
 * together above (PROTOCOL §5). Two MarshallerHubs understand each other whatever their fragment sizes.
 *
 * The parent has to deliver each text once and in order. A WebSocketHub may deliver twice what was on its way when its
 * socket broke: where that matters, put a ReliableHub between.
 *
 * @typeParam M - the messages of the application
 * @public
 */
export class MarshallerHub<M = unknown> extends ProxyHub<M, MarshallerEndpoint<M>> {
  readonly #settings: MarshallerSettings;

  /**
   * @param hub - any hub that carries text reliably and in order
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  constructor(hub: ParentHub, options: MarshallerHubOptions = {}) {
    super(hub, options);
    const { fragmentSize = 16_384, maxMessageLength = 2 ** 26 } = options;
    checkCount(fragmentSize, 'fragmentSize', 1);
    checkCount(maxMessageLength, 'maxMessageLength', 1);
    this.#settings = { fragmentSize, maxMessageLength: Math.min(maxMessageLength, LONGEST_LENGTH) };
  }

  protected override createEndpoint(eva: string): MarshallerEndpoint<M> {
    return new MarshallerEndpoint(this.parentHub.openEndpoint(eva), eva, this.environment, this.#settings);
  }
}
