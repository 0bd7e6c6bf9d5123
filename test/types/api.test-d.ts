// Checked by TypeScript alone, never run: `npm test` shows each as a test, `npm run typecheck` fails with them.
import { describe, expectTypeOf, test } from 'vitest';
import type { EmittedFrom, EventFromLogic, SnapshotFrom } from 'xstate';
import type {
  ConnectionEmitted,
  ConnectionEvent,
  connectionMachine,
} from '../../machines/connection.machine.ts';
import {
  type ConnectionState,
  type ConnectionStateEvent,
  type ConnectionView,
  type FaultPlan,
  type Faults,
  Global,
  type Hub,
  type HubOptions,
  type InBrowserHub,
  InBrowserRegistry,
  MarshallerHub,
  type MarshallerHubOptions,
  type MessageEvent,
  type OpenConnectionEvent,
  type ParentEndpoint,
  type ParentHub,
  type RegistryClient,
  ReliableHub,
  type ReliableRtcHub,
  type RtcHub,
  type RtcHubOptions,
  UnreliableHub,
  type UnreliableHubOptions,
  Vnf,
  VnfError,
  type VnfErrorCode,
  type WebSocketHub,
  type WebSocketHubOptions,
  type WebSocketRpc,
} from '../../src/index.ts';

type Chat = { kind: 'text'; text: string } | { kind: 'left' };

declare const chatHub: MarshallerHub<Chat>;
declare const textHub: InBrowserHub;

describe('MarshallerHub<Chat>', () => {
  const endpoint = chatHub.openEndpoint('alice');

  test('[TY1] types what is sent', () => {
    expectTypeOf(endpoint.send).parameters.toEqualTypeOf<[targetEva: string, message: Chat]>();
    endpoint.send('bob', { kind: 'text', text: 'Hello' });
    expectTypeOf(endpoint.send).returns.toEqualTypeOf<boolean>();
    // @ts-expect-error No member of Chat.
    endpoint.send('bob', { kind: 'joined' });
    // @ts-expect-error The text is missing.
    endpoint.send('bob', { kind: 'text' });
    // @ts-expect-error A bare string is no Chat.
    endpoint.send('bob', 'Hello');
  });

  test('[TY1] types what is received', () => {
    endpoint.onMessage = (event) => {
      expectTypeOf(event).toEqualTypeOf<MessageEvent<Chat>>();
      expectTypeOf(event.message).toEqualTypeOf<Chat>();
      if (event.message.kind === 'text') expectTypeOf(event.message.text).toEqualTypeOf<string>();
      // @ts-expect-error Not every Chat has a text.
      event.message.text;
    };
    // @ts-expect-error A handler of something else.
    endpoint.onMessage = (_event: MessageEvent<number>) => {};
    endpoint.onMessage = null;
    endpoint.onMessage = undefined;
  });

  test('[TY1] types the endpoint that its events carry', () => {
    endpoint.openConnection('bob', (event) => {
      expectTypeOf(event).toEqualTypeOf<OpenConnectionEvent<Chat>>();
      expectTypeOf(event.endpoint.send).parameter(1).toEqualTypeOf<Chat>();
    });
    expectTypeOf(chatHub).toExtend<Hub<Chat>>();
    expectTypeOf(chatHub).not.toExtend<Hub<string>>();
  });

  test('[TY1] takes unknown messages where none are named', () => {
    expectTypeOf(new MarshallerHub(textHub)).toEqualTypeOf<MarshallerHub<unknown>>();
    expectTypeOf<
      Parameters<NonNullable<ReturnType<MarshallerHub['openEndpoint']>['onMessage']>>[0]['message']
    >().toBeUnknown();
  });
});

describe('the other hubs', () => {
  test('[TY2] carry text', () => {
    type SentBy<H> = H extends Hub<infer M> ? M : never;
    expectTypeOf<SentBy<InBrowserHub>>().toEqualTypeOf<string>();
    expectTypeOf<SentBy<WebSocketHub>>().toEqualTypeOf<string>();
    expectTypeOf<SentBy<RtcHub>>().toEqualTypeOf<string>();
    expectTypeOf<SentBy<ReliableHub>>().toEqualTypeOf<string>();
    expectTypeOf<SentBy<ReliableRtcHub>>().toEqualTypeOf<string>();
    expectTypeOf<SentBy<UnreliableHub>>().toEqualTypeOf<string>();
    expectTypeOf<SentBy<UnreliableHub<Chat>>>().toEqualTypeOf<Chat>();
    // @ts-expect-error A number is no text.
    textHub.openEndpoint('alice').send('bob', 1);
  });

  test('[TY2] stand on hubs that carry text, of the library or of an application', () => {
    expectTypeOf<ParentHub>().toEqualTypeOf<ConstructorParameters<typeof ReliableHub>[0]>();
    expectTypeOf(textHub).toExtend<ParentHub>();
    // In version 0.2.1 send told nothing.
    expectTypeOf<
      Omit<ParentEndpoint, 'send'> & { send(targetEva: string, message: string): void }
    >().toExtend<ParentEndpoint>();
    new ReliableHub(new UnreliableHub(textHub));
    new UnreliableHub(chatHub);
    // @ts-expect-error Frames are text, and this hub carries Chats.
    new ReliableHub(chatHub);
    // @ts-expect-error No hub.
    new MarshallerHub({});
  });

  test('[TY2] keep what is theirs', () => {
    expectTypeOf<
      ReturnType<WebSocketHub['openEndpoint']>['getWebSocketRpc']
    >().returns.toEqualTypeOf<WebSocketRpc>();
    expectTypeOf(textHub.setImmediateSend).parameters.toEqualTypeOf<[on?: boolean]>();
    expectTypeOf(textHub.openEndpoint('alice')).not.toHaveProperty('getWebSocketRpc');
  });
});

describe('events', () => {
  test('[TY3] are exact', () => {
    expectTypeOf<OpenConnectionEvent['status']>().toEqualTypeOf<'CONNECTED' | 'FAILED'>();
    expectTypeOf<OpenConnectionEvent['targetEva']>().toEqualTypeOf<string>();
    expectTypeOf<keyof OpenConnectionEvent>().toEqualTypeOf<'status' | 'targetEva' | 'endpoint'>();
    expectTypeOf<keyof MessageEvent>().toEqualTypeOf<'sourceEva' | 'message' | 'endpoint'>();
    expectTypeOf<ConnectionStateEvent>().toEqualTypeOf<{
      targetEva: string;
      state: ConnectionState;
      previous: ConnectionState | undefined;
    }>();
    textHub.openEndpoint('alice').openConnection('bob', ({ status }) => {
      // @ts-expect-error No status has this name.
      if (status === 'CONNECTING') return;
    });
  });

  test('[TY3] come to listeners that are typed', () => {
    const endpoint = textHub.openEndpoint('alice');
    expectTypeOf(endpoint.onConnectionOpen).parameter(0).toEqualTypeOf<(targetEva: string) => unknown>();
    expectTypeOf(endpoint.onConnectionLost).parameter(0).toEqualTypeOf<(targetEva: string) => unknown>();
    expectTypeOf(endpoint.onDrain).parameter(0).toEqualTypeOf<(targetEva: string) => unknown>();
    expectTypeOf(endpoint.onConnectionStateChange)
      .parameter(0)
      .toEqualTypeOf<(event: ConnectionStateEvent) => unknown>();
  });
});

test('[TY4] states are exact', () => {
  type State = 'connecting' | 'CONNECTED' | 'reconnecting' | 'lost' | 'closed';
  const endpoint = textHub.openEndpoint('alice');
  expectTypeOf<ConnectionState>().toEqualTypeOf<State>();
  expectTypeOf(endpoint.getConnectionState('bob')).toEqualTypeOf<State | undefined>();
  expectTypeOf(endpoint.getConnection('bob')).toEqualTypeOf<ConnectionView | undefined>();
  expectTypeOf(endpoint.getConnections()).toEqualTypeOf<ConnectionView[]>();
  // @ts-expect-error The library alone changes states.
  endpoint.getConnections().map((connection) => (connection.state = 'closed'));
});

test('[TY5] settings and options are exact', () => {
  expectTypeOf(chatHub.setEstablishConnectionTimeout).toEqualTypeOf<(ms?: number) => void>();
  expectTypeOf(chatHub.setRetryConnectAfterDelay).toEqualTypeOf<(ms?: number) => void>();
  expectTypeOf(chatHub.setOpenConnectionRetries).toEqualTypeOf<(retries?: number) => void>();
  expectTypeOf<keyof HubOptions>().toEqualTypeOf<
    'inspect' | 'clock' | 'random' | 'highWaterMark' | 'maxBufferedAmount' | 'pageLife'
  >();
  expectTypeOf<keyof MarshallerHubOptions>().toEqualTypeOf<
    keyof HubOptions | 'fragmentSize' | 'maxMessageLength'
  >();
  expectTypeOf<RtcHubOptions>().toExtend<HubOptions>();
  expectTypeOf<WebSocketHubOptions>().toExtend<HubOptions>();
  expectTypeOf<keyof Faults>().toEqualTypeOf<'loss' | 'duplicate' | 'reorder' | 'delay' | 'partition'>();
  expectTypeOf<keyof UnreliableHubOptions>().toEqualTypeOf<
    keyof HubOptions | keyof Faults | 'seed' | 'directions'
  >();
  expectTypeOf<UnreliableHub['setFaults']>().parameters.toEqualTypeOf<[plan: FaultPlan]>();
  // @ts-expect-error A delay has a least and a longest time.
  new UnreliableHub(textHub, { delay: 10 });
  // @ts-expect-error No option has this name.
  new MarshallerHub(textHub, { fragmentsize: 1 });
  // @ts-expect-error A length is a number.
  new MarshallerHub(textHub, { fragmentSize: '1' });
});

test('[TY6] errors have exact codes', () => {
  expectTypeOf<VnfError['code']>().toEqualTypeOf<VnfErrorCode>();
  expectTypeOf<VnfError>().toExtend<Error>();
  // @ts-expect-error No error has this code.
  new VnfError('ERR_UNKNOWN', 'Why?');
});

test('[TY7] a registry answers OK or what it holds, which nobody knows the type of', () => {
  expectTypeOf(new InBrowserRegistry().connect('alice')).toExtend<RegistryClient>();
  expectTypeOf<RegistryClient['createEntry']>().returns.resolves.toEqualTypeOf<'OK'>();
  expectTypeOf<RegistryClient['getEntry']>().returns.resolves.toBeUnknown();
  expectTypeOf<RegistryClient['getEntriesWithBody']>().returns.resolves.toEqualTypeOf<
    Record<string, unknown>
  >();
  expectTypeOf(Global.INSTANCE_DESTROYED).toEqualTypeOf<'INSTANCE_DESTROYED'>();
  // @ts-expect-error No answer has this name.
  Global.NOTHING;
});

test('[TY8] the namespace has the same names with the same types', () => {
  expectTypeOf(Vnf.MarshallerHub).toEqualTypeOf(MarshallerHub);
  expectTypeOf<Vnf.MarshallerHub<Chat>>().toEqualTypeOf<MarshallerHub<Chat>>();
  expectTypeOf<Vnf.ConnectionState>().toEqualTypeOf<ConnectionState>();
});

test('[TY9] machines have exact events and states', () => {
  expectTypeOf<EventFromLogic<typeof connectionMachine>>().toEqualTypeOf<ConnectionEvent>();
  expectTypeOf<EmittedFrom<typeof connectionMachine>>().toEqualTypeOf<ConnectionEmitted>();
  const matches = (snapshot: SnapshotFrom<typeof connectionMachine>) => {
    snapshot.matches('lost');
    // @ts-expect-error No state has this name.
    snapshot.matches('missing');
  };
  expectTypeOf(matches).returns.toBeVoid();
});
