/** What a receiver makes of a message: the machine and state of XState 4, as far as the tests look at them. */
export interface ParsedMessage {
  type: string;
  sessionId: string;
  id?: string;
  machine?: {
    id: string;
    states: Record<string, unknown>;
    transition(state: unknown, event: string): { value: unknown };
  };
  state?: { value: unknown; context: unknown; event: { type: string }; done: boolean };
  event?: { name: string; data: { type: string } };
}

export interface Receiver {
  subscribe(next: (message: ParsedMessage) => void): { unsubscribe(): void };
}

export declare function createWebSocketReceiver(options: {
  server: string;
  protocol?: 'ws' | 'wss';
}): Receiver;
export declare function createWindowReceiver(options: { window: unknown; targetWindow: unknown }): Receiver;
