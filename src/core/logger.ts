import { invalidArgument, reasonOf } from './errors.ts';

/** Where a log line comes from: whatever of it is known. */
export interface LogDetails {
  /** The EVA of the endpoint that logs. */
  endpoint?: string;
  /** The EVA of the other side. */
  peer?: string | undefined;
  /** What happened to it, or why; an error's message where something was thrown. */
  reason?: string;
  /** What was thrown, with its stack. */
  error?: unknown;
}

/**
 * Takes the library's log lines. `console` is not one, but `{ warn: (text, details) => … }` is: a level that
 * is left out is silent.
 *
 * @public
 */
export interface Logger {
  /** Every decision that explains a bug report: phantoms dropped, attempts started. */
  debug?(text: string, details: LogDetails): void;
  /** Once per change in a connection's life. */
  info?(text: string, details: LogDetails): void;
  /** Something was dropped, refused or lost, and the library goes on. */
  warn?(text: string, details: LogDetails): void;
  /** An application's listener threw, or the library itself is at fault. */
  error?(text: string, details: LogDetails): void;
}

/** The details of a line about one connection, and what happened to it or was thrown. @internal */
export function about(
  { eva, targetEva }: { eva: string; targetEva: string },
  cause: unknown,
): LogDetails & { reason: string } {
  return { endpoint: eva, peer: targetEva, reason: reasonOf(cause) };
}

function line(text: string, { endpoint, peer, reason }: LogDetails): string {
  const from = endpoint === undefined ? '' : ` [${endpoint}${peer === undefined ? '' : ` ↔ ${peer}`}]`;
  return `vnf${from} ${text}${reason === undefined ? '' : `: ${reason}`}`;
}

const toConsole = (level: 'warn' | 'error') => (text: string, details: LogDetails) =>
  console[level](line(text, details), ...('error' in details ? [details.error] : []));

const consoleLogger: Logger = { warn: toConsole('warn'), error: toConsole('error') };

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

let current: Logger = consoleLogger;

/**
 * Replaces the library's logger, for every hub, registry and broker of this process or page.
 *
 * @param logger - the new one; `null` silences the library; nothing restores the default, which writes warnings
 *   and errors to the console, each with the endpoint, the peer and a reason.
 * @throws VnfError `ERR_INVALID_ARGUMENT`
 * @public
 */
export function setLogger(logger?: Logger | null): void {
  if (logger != null) checkLogger(logger);
  current = logger === null ? {} : (logger ?? consoleLogger);
}

function checkLogger(logger: Logger): void {
  const isLevel = (level: unknown) => level === undefined || typeof level === 'function';
  if (typeof logger === 'object' && LEVELS.every((level) => isLevel(logger[level]))) return;
  throw invalidArgument(`The logger must be null or an object of functions ${LEVELS}`, logger);
}

const writer =
  (level: keyof Logger) =>
  (text: string, details: LogDetails = {}): void => {
    try {
      current[level]?.(text, details);
    } catch {
      // An application's logger that fails has nowhere to say so, and must not take a connection with it.
    }
  };

/** What the library's own code logs to. @internal */
export const log = {
  debug: writer('debug'),
  info: writer('info'),
  warn: writer('warn'),
  error: writer('error'),
};

/**
 * Runs an application's callback: what it throws is logged and stops nothing else. An application that passes an
 * async function gets the same for what it rejects with.
 *
 * @internal
 */
export function runSafely<A extends unknown[]>(
  what: string,
  details: LogDetails,
  callback: (...args: A) => unknown,
  ...args: A
): void {
  try {
    const result = callback(...args);
    if (result instanceof Promise) result.catch((error) => logThrown(what, details, error));
  } catch (error) {
    logThrown(what, details, error);
  }
}

function logThrown(what: string, details: LogDetails, error: unknown): void {
  log.error(`${what} threw`, { ...details, reason: reasonOf(error), error });
}
