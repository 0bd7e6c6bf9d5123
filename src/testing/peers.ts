import type { ConnectionStateEvent, Endpoint, OpenConnectionEvent } from '../core/contracts.ts';
import { AssertionError } from './assert.ts';

/** How long something may take before a test gives up, in ms: longer than anything takes that still comes. */
const PATIENCE_MS = 10_000;

/** The pause between two looks, in ms. */
const LOOK_MS = 2;

/** Lets a little time pass. */
export type Tick = () => void | Promise<void>;

const sleep: Tick = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

/** What waits for others, in real time or in that of a virtual clock that `tick` moves. */
export function pacedBy(tick: Tick = sleep) {
  /** Waits until the condition holds, looking often; fails when it does not within ten seconds of real time. */
  async function until(
    condition: () => boolean | Promise<boolean>,
    what = 'the condition',
    timeoutMs = PATIENCE_MS,
  ): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!(await condition())) {
      if (performance.now() > end) throw new AssertionError(`${what} did not come true`);
      await tick();
    }
  }

  /** What a promise comes to. */
  async function settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const note = () => {
      isSettled = true;
    };
    promise.then(note, note);
    await until(() => isSettled, 'an answer');
    return promise;
  }

  /** Opens a connection and resolves with what its callback is told. */
  async function open<M>(endpoint: Endpoint<M>, targetEva: string): Promise<OpenConnectionEvent<M>> {
    const { openConnection } = endpoint;
    return settle(new Promise((resolve) => openConnection(targetEva, resolve)));
  }

  /** Opens a connection that has to come up, and resolves once both sides are connected. */
  async function connect<M>(opener: Endpoint<M>, acceptor: Endpoint<M>): Promise<void> {
    const { status } = await open(opener, acceptor.eva);
    if (status !== 'CONNECTED') {
      throw new AssertionError(`${opener.eva} could not connect to ${acceptor.eva}`);
    }
    await until(() => acceptor.isConnected(opener.eva), `${acceptor.eva} being connected`);
  }

  return { until, settle, open, connect };
}

export const { until, open, connect } = pacedBy();

/** Keeps every message that an endpoint gets. */
export function inbox<M>(endpoint: Endpoint<M>): { from: string; message: M }[] {
  const received: { from: string; message: M }[] = [];
  endpoint.onMessage = ({ sourceEva, message }) => received.push({ from: sourceEva, message });
  return received;
}

/** Keeps every state of an endpoint's connections. */
export function states<M>(endpoint: Endpoint<M>): ConnectionStateEvent[] {
  const seen: ConnectionStateEvent[] = [];
  endpoint.onConnectionStateChange((event) => seen.push(event));
  return seen;
}

/** Keeps the addresses of the connections that an endpoint lost. */
export function losses<M>(endpoint: Endpoint<M>): string[] {
  const lost: string[] = [];
  endpoint.onConnectionLost((targetEva) => lost.push(targetEva));
  return lost;
}
