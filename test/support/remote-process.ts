import { type ChildProcess, spawn } from 'node:child_process';

/** What another process offers, as seen from here: plain values alone cross to it and back. */
export type Remote<C> = {
  [K in keyof C]: C[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

interface Answer {
  id: number;
  result?: unknown;
  /** Why there is no result. */
  reason?: string;
}

/** What a process says of its own accord. */
interface Notice {
  told: unknown;
}

/** A process that was started from a bundle. */
export interface RemoteProcess<C> {
  readonly child: ChildProcess;
  readonly calls: Remote<C>;
  /** How it ended: its exit code, or the signal. */
  readonly ended: Promise<number | string>;
  /** Lets it end by itself, as it does once nobody can call it. */
  close(): Promise<number | string>;
}

/** Hands every call of a name to `call`. */
export function remoteCalls<C>(call: (name: string, args: unknown[]) => Promise<unknown>): Remote<C> {
  return new Proxy({} as Remote<C>, {
    // One that could be awaited would never be there.
    get: (_target, name) => (name === 'then' ? undefined : (...args: unknown[]) => call(String(name), args)),
  });
}

/**
 * Starts a script that calls {@link answerCalls}.
 *
 * @param command - what starts it, as ['ip', 'netns', 'exec', NAME, NODE, SCRIPT]
 * @param hear - what it says of its own accord
 */
export function startProcess<C>(
  command: string[],
  hear: (told: unknown) => void = () => {},
): RemoteProcess<C> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', (message: Answer | Notice) => {
    if ('told' in message) hear(message.told);
    else waiting.get(message.id)?.(message);
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => {
      const end = code ?? String(signal);
      for (const [id, settle] of waiting) settle({ id, reason: `the process has ended: ${end}` });
      resolve(end);
    });
  });
  let calls = 0;
  return {
    child,
    ended,
    calls: remoteCalls<C>(
      (name, values) =>
        new Promise((resolve, reject) => {
          calls += 1;
          const id = calls;
          const settle = ({ result, reason }: Answer) => {
            waiting.delete(id);
            if (reason === undefined) resolve(result);
            else reject(new Error(reason));
          };
          waiting.set(id, settle);
          child.send({ id, name, args: values }, (error) => {
            if (error !== null) settle({ id, reason: `it cannot be called: ${error.message}` });
          });
        }),
    ),
    close() {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}

/** In the process: each message of the parent is a call, each of ours its result. It ends with its parent. */
export function answerCalls<C extends object>(offered: C): void {
  process.on('message', async ({ id, name, args }: { id: number; name: keyof C; args: never[] }) => {
    try {
      const result = await (offered[name] as (...args: never[]) => unknown).call(offered, ...args);
      process.send?.({ id, result });
    } catch (error) {
      process.send?.({ id, reason: `${String(name)} failed: ${error}` });
    }
  });
  process.on('disconnect', () => process.exit());
}

/** In the process: says something of its own accord. */
export function tell(told: unknown): void {
  process.send?.({ told });
}
