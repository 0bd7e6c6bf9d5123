import { reasonOf } from '../core/errors.ts';
import { log } from '../core/logger.ts';
import { decodeEntry, decodeKey, encodeEntries } from '../protocol/registry.ts';
import {
  type Command,
  decodeAddressed,
  decodeRequest,
  encodeFailure,
  encodeResult,
  type Request,
} from '../protocol/rpc.ts';
import { BROKER } from './options.ts';
import type { RegistryStore } from './registry-store.ts';
import type { RoutedSession, Router } from './router.ts';

/** What the commands need of the session that calls them. */
export interface Caller extends RoutedSession {
  /** Who it is, once it has logged in. */
  readonly eva: string | undefined;
  /** Decides on a LOGIN, and answers it. */
  login(header: string, eva: string): void;
  /** Logs what was wrong with a frame. */
  malformed(reason: string): void;
}

/** The answer to a call; `undefined` where it comes later. `malformed` is a failure that is the frame's own fault. */
type Reply = { result: string | undefined } | { failure: string } | { malformed: string } | undefined;

/** A command that any client may call. */
type PublicCommand<C> = (call: Request, caller: C) => Reply;

/** A command for those who have logged in, with the EVA of the one that calls. */
type MemberCommand = (call: Request, eva: string) => Reply;

/**
 * The longest header line, in UTF-16 units: a number and a command. A part of a frame that is kept can keep the whole
 * frame in memory, and the header is the one part that no client's account counts.
 */
const LONGEST_HEADER = 256;

const HELP_HEADING = [
  'VNF broker',
  'A call is "ID COMMAND", and the argument, if there is one, on the lines below.',
  'The commands:',
];

const HEADER_MALFORMED: Reply = { malformed: 'CALL_FAILED_COMMAND_HEADER_MALFORMED' };
const PARTS_MALFORMED: Reply = { malformed: 'STORE_SERVICE_COMMAND_FAILED_MALFORMED_FORMAT' };
const NO_RESULT: Reply = { result: undefined };

function publicCommands<C extends Caller>(help: (heading: boolean) => string): Map<string, PublicCommand<C>> {
  return new Map<Command, PublicCommand<C>>([
    [
      'LOGIN',
      ({ header, argument }, caller) => {
        if (argument === undefined || argument.includes('\n'))
          return { malformed: 'CALL_FAILED_UNEXPECTED_EXCEPTION' };
        caller.login(header, argument);
        return undefined;
      },
    ],
    ['HELP', ({ argument }) => ({ result: help(argument !== 'no-header') })],
  ]);
}

function relayCommands<C extends RoutedSession>(router: Router<C>): [Command, MemberCommand][] {
  return [
    ['PING', () => NO_RESULT],
    [
      'SEND_TO_ENDPOINT',
      ({ argument }, eva) => {
        if (argument === undefined) return { malformed: 'SEND_TO_ENDPOINT_ARGUMENT_CANNOT_BE_NULL' };
        const addressed = decodeAddressed(argument);
        if (addressed === undefined) return { malformed: 'SEND_TO_ENDPOINT_MALFORMED_ARGUMENT' };
        const found = router.relay(eva, addressed.eva, addressed.body);
        return found ? NO_RESULT : { result: 'SEND_TO_ENDPOINT_RECIPIENT_ENDPOINT_CANNOT_BE_FOUND' };
      },
    ],
  ];
}

/** What the store says to a change: `OK` is a result, everything else the reason of a failure. */
function changed(outcome: string): Reply {
  return outcome === 'OK' ? { result: outcome } : { failure: outcome };
}

function registryCommands(store: RegistryStore): [Command, MemberCommand][] {
  return [
    [
      'CREATE-ENTRY',
      ({ argument = '' }, eva) => {
        const entry = decodeEntry(argument);
        return entry === undefined ? PARTS_MALFORMED : changed(store.create(eva, entry, entry.value));
      },
    ],
    [
      'CREATE-OR-UPDATE-ENTRY',
      ({ argument = '' }, eva) => {
        const entry = decodeEntry(argument);
        return entry === undefined ? PARTS_MALFORMED : changed(store.createOrUpdate(eva, entry, entry.value));
      },
    ],
    [
      'GET-ENTRY',
      ({ argument = '' }) => {
        const key = decodeKey(argument);
        if (key === undefined) return PARTS_MALFORMED;
        const value = store.get(key);
        return value === undefined ? { failure: 'GET_FAILED_ENTRY_NOT_FOUND' } : { result: value };
      },
    ],
    [
      'GET-ENTRIES-WITH-BODY',
      ({ argument }) => {
        if (argument === undefined || argument.includes('\n')) return PARTS_MALFORMED;
        return { result: encodeEntries(store.list(argument)) };
      },
    ],
    [
      'DELETE-ENTRY',
      ({ argument = '' }, eva) => {
        const key = decodeKey(argument);
        return key === undefined ? PARTS_MALFORMED : changed(store.delete(eva, key));
      },
    ],
  ];
}

/** The commands of PROTOCOL §1: runs what clients call, and answers it. */
export class Commands<C extends Caller> {
  readonly #public: Map<string, PublicCommand<C>>;
  readonly #members: Map<string, MemberCommand>;

  constructor(router: Router<C>, store: RegistryStore) {
    this.#public = publicCommands((heading) => this.#help(heading));
    this.#members = new Map<string, MemberCommand>([...relayCommands(router), ...registryCommands(store)]);
  }

  /** Takes one frame of a client. Whatever is in it, nothing is thrown. */
  dispatch(caller: C, frame: string): void {
    const call = decodeRequest(frame);
    const malformed = call.command === undefined || call.header.length > LONGEST_HEADER;
    const reply = malformed ? HEADER_MALFORMED : this.#run(call, caller);
    if (reply === undefined) return;
    if ('result' in reply) {
      caller.send(encodeResult(call.header, reply.result));
      return;
    }
    if ('malformed' in reply) caller.malformed(reply.malformed);
    caller.send(encodeFailure(call.header, 'malformed' in reply ? reply.malformed : reply.failure));
  }

  #run(call: Request, caller: C): Reply {
    const { eva } = caller;
    try {
      const publicCommand = this.#public.get(call.command);
      if (publicCommand !== undefined) return publicCommand(call, caller);
      // Before the unknown method, since who hasn't logged in learns of the commands from HELP alone.
      if (eva === undefined) return { failure: 'CALL_FAILED_AUTHENTICATION_REQUIRED' };
      const command = this.#members.get(call.command);
      return command === undefined ? { failure: 'CALL_FAILED_UNKNOWN_METHOD' } : command(call, eva);
    } catch (error) {
      const peer = eva === undefined ? {} : { peer: eva };
      log.error(`${call.command} failed`, { endpoint: BROKER, ...peer, reason: reasonOf(error), error });
      return { failure: 'CALL_FAILED_UNEXPECTED_EXCEPTION' };
    }
  }

  #help(heading: boolean): string {
    const names = [...this.#public.keys(), ...this.#members.keys()].filter(
      (name) => name !== ('HELP' satisfies Command),
    );
    return [...(heading ? HELP_HEADING : []), ...names.sort()].join('\n');
  }
}
