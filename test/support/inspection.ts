import type {
  ChannelListener,
  EventRecord,
  InspectChannel,
  InspectMessage,
  StateRecord,
  ViewerCommand,
} from '../../src/inspect/index.ts';

/** A channel to a viewer that is the test itself: it keeps what comes. */
export class TestChannel implements InspectChannel {
  readonly messages: InspectMessage[] = [];
  waiting = 0;
  isClosed = false;
  #listener: ChannelListener | undefined;

  open(listener: ChannelListener): void {
    this.#listener = listener;
    listener.opened();
  }

  /** Structured clone, as every real channel makes it. */
  send(message: InspectMessage): void {
    this.messages.push(structuredClone(message));
  }

  close(): void {
    this.isClosed = true;
    this.#listener?.closed();
  }

  command(command: ViewerCommand | unknown): void {
    this.#listener?.received(command);
  }

  of<T extends InspectMessage['type']>(type: T): Extract<InspectMessage, { type: T }>[] {
    return this.messages.filter((each): each is Extract<InspectMessage, { type: T }> => each.type === type);
  }

  get states(): StateRecord[] {
    return this.of('service.state').map(({ state }) => JSON.parse(state));
  }

  get events(): EventRecord[] {
    return this.of('service.event').map(({ event }) => JSON.parse(event));
  }

  get names(): string[] {
    return this.of('service.register').map(({ id }) => id);
  }
}
