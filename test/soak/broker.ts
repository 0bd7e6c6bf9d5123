import { setTimeout as sleep } from 'node:timers/promises';
import { type RemoteProcess, startProcess } from '../support/remote-process.ts';
import type { BrokerCalls } from './broker-process.ts';
import type { Measure } from './measure.ts';
import type { ProcessReport } from './report.ts';

/** How often and for how long, in ms, an address that somebody else has is tried. */
const TRY_AGAIN_MS = 100;
const PATIENCE_MS = 30_000;

/** The broker of the soak, in a process of its own that ends and begins again at the same address. */
export class SoakBroker {
  readonly #script: string;
  readonly #hear: (told: unknown) => void;
  #process: RemoteProcess<BrokerCalls>;
  #port = 0;
  #url = '';
  /** What the process that runs held before it listened. */
  #start: Measure | undefined;

  constructor(script: string, hear: (told: unknown) => void) {
    this.#script = script;
    this.#hear = hear;
    this.#process = this.#spawn();
  }

  get url(): string {
    return this.#url;
  }

  async open(): Promise<void> {
    const { calls } = this.#process;
    this.#start = await calls.measure();
    const end = Date.now() + PATIENCE_MS;
    const listen = async (): Promise<string> => {
      try {
        return await calls.listen(this.#port);
      } catch (error) {
        // While nobody listens there, the system may give the port to a client's socket.
        if (!String(error).includes('ERR_ADDRESS_IN_USE') || Date.now() > end) throw error;
        await sleep(TRY_AGAIN_MS);
        return listen();
      }
    };
    this.#url = await listen();
    this.#port = Number(new URL(this.#url).port);
  }

  /** Ends without a word, and is back after `downMs`. */
  async crash(downMs: number): Promise<void> {
    this.#process.child.kill('SIGKILL');
    await this.#replace(downMs);
  }

  /** Closes every socket, ends, and is back after `downMs`. */
  async restart(downMs: number): Promise<void> {
    await this.close();
    await this.#replace(downMs);
  }

  /** Holds every socket, and does nothing. */
  async freeze(ms: number): Promise<void> {
    await freeze(this.#process, ms);
  }

  async close(): Promise<ProcessReport> {
    const { calls } = this.#process;
    await calls.close();
    const end = await calls.measure();
    return { name: 'broker', start: this.#start ?? end, end, exit: await this.#process.close() };
  }

  kill(): void {
    this.#process.child.kill('SIGKILL');
  }

  #spawn(): RemoteProcess<BrokerCalls> {
    return startProcess([process.execPath, '--expose-gc', this.#script], this.#hear);
  }

  async #replace(downMs: number): Promise<void> {
    await this.#process.ended;
    await sleep(downMs);
    this.#process = this.#spawn();
    await this.open();
  }
}

/** Stops a process for a while, as sleep does to a computer: its sockets stay open, and nobody is behind them. */
export async function freeze<C>({ child }: RemoteProcess<C>, ms: number): Promise<void> {
  child.kill('SIGSTOP');
  await sleep(ms);
  child.kill('SIGCONT');
}
