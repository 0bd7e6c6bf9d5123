import { vi } from 'vitest';
import type { ConnectionStateEvent, Endpoint, OpenConnectionEvent } from '../../src/core/contracts.ts';

/** Waits until the condition holds, looking often; fails when it does not within ten seconds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = 'the condition',
  timeout = 10_000,
): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await condition())) throw new Error(`${what} did not come true`);
    },
    { timeout, interval: 2 },
  );
}

/** Opens a connection and resolves with what its callback is told. */
export function open<M>(endpoint: Endpoint<M>, targetEva: string): Promise<OpenConnectionEvent<M>> {
  return new Promise((resolve) => endpoint.openConnection(targetEva, resolve));
}

/** Opens a connection that has to come up, and resolves once both sides are connected. */
export async function connect<M>(opener: Endpoint<M>, acceptor: Endpoint<M>): Promise<void> {
  const { status } = await open(opener, acceptor.eva);
  if (status !== 'CONNECTED') throw new Error(`${opener.eva} could not connect to ${acceptor.eva}`);
  await until(() => acceptor.isConnected(opener.eva), `${acceptor.eva} being connected`);
}

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
