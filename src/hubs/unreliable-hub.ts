import { checkLine } from '../core/checks.ts';
import type { ParentEndpoint } from '../core/contracts.ts';
import type { LinkPort } from '../core/link.ts';
import { about, log } from '../core/logger.ts';
import type { Environment } from '../core/options.ts';
import { PassThroughEndpoint, PassThroughLink } from '../core/pass-through.ts';
import { ProxyHub } from '../core/proxy-hub.ts';

/** Says which directions are blocked. */
class Blockade {
  /** As `from`, an end of line, which no address has, and `to`. */
  readonly #blocked = new Set<string>();

  block(fromEva: string, toEva: string): void {
    this.#blocked.add(`${fromEva}\n${toEva}`);
  }

  unblock(fromEva: string, toEva: string): void {
    this.#blocked.delete(`${fromEva}\n${toEva}`);
  }

  /** Whether a message is lost, and if so a line for whoever debugs a test. */
  stops(eva: string, targetEva: string): boolean {
    const stopped = this.#blocked.has(`${eva}\n${targetEva}`);
    if (stopped) log.debug('a message was lost on purpose', about({ eva, targetEva }, 'blocked'));
    return stopped;
  }
}

class UnreliableLink<M> extends PassThroughLink<M, M> {
  readonly #blockade: Blockade;

  constructor(port: LinkPort<M>, parent: ParentEndpoint<M>, blockade: Blockade) {
    super(port, parent);
    this.#blockade = blockade;
  }

  override send(message: M): void {
    const { eva, targetEva } = this.port;
    if (!this.#blockade.stops(eva, targetEva)) this.parent.send(targetEva, message);
  }
}

class UnreliableEndpoint<M> extends PassThroughEndpoint<M, M> {
  readonly #blockade: Blockade;

  constructor(parent: ParentEndpoint<M>, eva: string, environment: Environment, blockade: Blockade) {
    super(parent, eva, environment);
    this.#blockade = blockade;
  }

  // The parent knows what it carries.
  protected override checkMessage(): void {}

  protected override createLink(port: LinkPort<M>): UnreliableLink<M> {
    return new UnreliableLink(port, this.parent, this.#blockade);
  }

  protected override parentMessage(sourceEva: string, message: M): void {
    if (!this.#blockade.stops(sourceEva, this.eva)) this.findConnection(sourceEva)?.deliver(message);
  }
}

/**
 * A proxy hub that loses messages on purpose, for chaos tests: it takes what its parent takes, and drops what is
 * sent in a blocked direction, where either side's hub blocks it.
 *
 * @public
 */
export class UnreliableHub<M = string> extends ProxyHub<M, UnreliableEndpoint<M>, M> {
  readonly #blockade = new Blockade();

  /** Loses every message from one address to the other, until `unblockChannel`; the way back stays open. */
  readonly blockChannel = (fromEva: string, toEva: string): void => {
    checkLine(fromEva, 'The source of blockChannel');
    checkLine(toEva, 'The target of blockChannel');
    this.#blockade.block(fromEva, toEva);
  };

  /** Ends what `blockChannel` began; a direction that isn't blocked is ignored. */
  readonly unblockChannel = (fromEva: string, toEva: string): void => {
    checkLine(fromEva, 'The source of unblockChannel');
    checkLine(toEva, 'The target of unblockChannel');
    this.#blockade.unblock(fromEva, toEva);
  };

  protected override createEndpoint(eva: string): UnreliableEndpoint<M> {
    return new UnreliableEndpoint(this.parentHub.openEndpoint(eva), eva, this.environment, this.#blockade);
  }
}
