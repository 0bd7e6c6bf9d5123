import type { Server } from 'node:http';
import { checkCount, checkDuration, checkString } from '../core/checks.ts';
import { invalidArgument } from '../core/errors.ts';
import { type Environment, environmentOf, type HubOptions } from '../core/options.ts';

/** How much a broker takes, and how patient it is. @public */
export interface BrokerLimits {
  /** The largest frame of a client, in bytes (1 … 2²⁸); a larger one closes that client's socket. @default 1 MiB */
  maxFrameBytes?: number;
  /**
   * The pause between two pings to each client, in ms. A client from which nothing came until the next one is dead.
   * `Infinity` never pings. @default 30 000
   */
  pingIntervalMs?: number;
  /** How long a socket may take to log in, in ms, before it is closed; `Infinity` is for ever. @default 30 000 */
  loginTimeoutMs?: number;
  /** How much may wait for one client, in bytes, before its socket is closed as too slow. @default 64 MiB */
  maxBufferedBytes?: number;
  /** How many registry entries one client may own. `Infinity` is without limit. @default 10 000 */
  maxEntriesPerClient?: number;
  /** How long one client's entries may be together, names and all, in UTF-16 units. @default 16 Mi */
  maxEntryUnitsPerClient?: number;
}

/** What a broker can be given. @public */
export interface BrokerOptions extends BrokerLimits, Pick<HubOptions, 'inspect' | 'clock' | 'random'> {
  /** Where to listen. @default '127.0.0.1' */
  host?: string;
  /** Where to listen; 0 picks a free port, which `url` then tells. @default 8080 */
  port?: number;
  /** Where on the server clients connect; with `demo` none of its own paths. @default '/vnf-ws' */
  path?: string;
  /**
   * An http or https server of yours to attach to, instead of `host` and `port`. The broker takes the WebSockets of its
   * path, and nothing else; closing the broker leaves the server open.
   */
  server?: Server;
  /**
   * Serves the demo at `/`: a page that chats and sends files over this broker. Not with a `server` of yours, whose
   * plain requests are its own. @default false; `vnf-broker` serves it unless it is told `--no-demo`
   */
  demo?: boolean;
  /**
   * Lets viewers and other processes attach who know this token, of 8 characters or more: whoever has it sees every
   * connection, so keep it as a password. The page is at `/inspector#token=TOKEN` (not with a `server` of yours),
   * processes attach with `throughWebSocket('ws://HOST:PORT/inspector/attach?token=TOKEN')`.
   * @default nothing: nobody can attach
   */
  inspectToken?: string | undefined;
}

/** The options of a broker, checked and complete. @internal */
export interface BrokerConfig extends Readonly<Required<BrokerLimits>> {
  readonly environment: Environment;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly server: Server | undefined;
  readonly demo: boolean;
  readonly inspectToken: string | undefined;
}

/** What the broker calls itself in the log. */
export const BROKER = 'broker';

const MiB = 2 ** 20;

/** A frame becomes one string, and a string has at most 2²⁹ − 24 units. */
const LARGEST_FRAME_BYTES = 2 ** 28;

/** @throws VnfError ERR_INVALID_ARGUMENT, naming the option. @internal */
export function brokerConfigOf(options: BrokerOptions = {}): BrokerConfig {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument('The options of createBroker must be an object', options);
  }
  const {
    host = '127.0.0.1',
    port = 8080,
    path = '/vnf-ws',
    server,
    demo = false,
    inspectToken,
    maxFrameBytes = MiB,
    pingIntervalMs = 30_000,
    loginTimeoutMs = 30_000,
    maxBufferedBytes = 64 * MiB,
    maxEntriesPerClient = 10_000,
    maxEntryUnitsPerClient = 16 * MiB,
  } = options;
  checkString(host, "The broker's host");
  if (host === '') throw invalidArgument("The broker's host must be a name or an address", host);
  checkCount(port, "The broker's port");
  if (port > 65_535) throw invalidArgument("The broker's port must be a whole number from 0 to 65535", port);
  checkString(path, "The broker's path");
  if (!/^\/[^?#\s]*$/.test(path))
    throw invalidArgument("The broker's path must begin with a slash and have no ? or #", path);
  if (server !== undefined && typeof server?.on !== 'function') {
    throw invalidArgument("The broker's server must be an http or https server of Node", server);
  }
  if (typeof demo !== 'boolean') throw invalidArgument('demo must be true or false', demo);
  if (demo && server !== undefined) {
    throw invalidArgument(
      "demo must be left out where the broker is attached to a server of yours, whose requests it can't answer",
      demo,
    );
  }
  if (inspectToken !== undefined && (typeof inspectToken !== 'string' || inspectToken.length < 8)) {
    throw invalidArgument('inspectToken must be a string of 8 characters or more', inspectToken);
  }
  checkCount(maxFrameBytes, 'maxFrameBytes', 1);
  if (maxFrameBytes > LARGEST_FRAME_BYTES) {
    throw invalidArgument(`maxFrameBytes must be at most ${LARGEST_FRAME_BYTES}`, maxFrameBytes);
  }
  checkPositive(pingIntervalMs, 'pingIntervalMs');
  checkPositive(loginTimeoutMs, 'loginTimeoutMs');
  checkCount(maxBufferedBytes, 'maxBufferedBytes', 1);
  checkCount(maxEntriesPerClient, 'maxEntriesPerClient');
  checkCount(maxEntryUnitsPerClient, 'maxEntryUnitsPerClient');
  return {
    environment: environmentOf(options),
    host,
    port,
    path,
    server,
    demo,
    inspectToken,
    maxFrameBytes,
    pingIntervalMs,
    loginTimeoutMs,
    maxBufferedBytes,
    maxEntriesPerClient,
    maxEntryUnitsPerClient,
  };
}

function checkPositive(value: number, what: string): void {
  checkDuration(value, what);
  if (value === 0) throw invalidArgument(`${what} must be more than 0; Infinity means never`, value);
}
