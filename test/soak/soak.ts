import { setTimeout as sleep } from 'node:timers/promises';
import { bundleAll } from '../support/bundle.ts';
import { type Remote, type RemoteProcess, startProcess } from '../support/remote-process.ts';
import { SoakBroker } from './broker.ts';
import { chanceOf } from './chance.ts';
import { faultsByChance } from './faults.ts';
import { type Conversation, mistakesIn, unsettledIn, type Wrong } from './ledger.ts';
import type { Measure } from './measure.ts';
import type { PeersCalls, PeersOptions, Told } from './peers-process.ts';
import { countsOf, namesOf, type ProcessReport, progressOf, type SoakReport } from './report.ts';

/** Each of ten peers: see stacks.ts. */
const PROCESSES = 5;

/** How long everything is done once before the heap is measured: what is compiled and cached then stays. */
const WARM_UP_MS = 10_000;

/** How long it may take, once all faults have ended, until both sides of everything agree. */
const SETTLE_MS = 120_000;

/** How long it may take until everything that was destroyed is gone. */
const RELEASE_MS = 60_000;

/** How often is looked whether it is. */
const LOOK_MS = 250;

/** The shortest and the longest pause between two faults of whole processes. */
const PAUSE_MS = [1000, 5000] as const;

const MINUTE_MS = 60_000;

export interface SoakOptions {
  minutes: number;
  /** Decides what every process chooses to do; when, is up to the machine. */
  seed: number;
  /** Hears of every minute. */
  log: (line: string) => void;
}

/** One run. */
class Soak {
  readonly #options: SoakOptions;
  readonly #broker: SoakBroker;
  #peers: RemoteProcess<PeersCalls>[] = [];
  readonly #ended: Conversation[] = [];
  /** What went wrong, each with all that is known of it. */
  readonly #wrongs: Promise<string>[] = [];
  readonly #faults: SoakReport['faults'] = {};

  constructor(options: SoakOptions, broker: string) {
    this.#options = options;
    this.#broker = new SoakBroker(broker, this.#hear);
  }

  async run(script: string): Promise<SoakReport> {
    const { minutes, seed } = this.#options;
    await this.#start(script);
    const untouched = await this.#measure();
    await this.#live(() => sleep(WARM_UP_MS));
    const warm = await this.#release(untouched);
    const settledMs = await this.#live(() => this.#makeTrouble());
    const counts = countsOf(await this.#all((calls) => calls.status()));
    const wrongs = await Promise.all(this.#wrongs);
    const end = await this.#release(untouched);
    const exits = await Promise.all(this.#peers.map((each) => each.close()));
    const processes: ProcessReport[] = [
      ...exits.map((exit, index) => ({
        name: `peers ${index}`,
        start: { ...(warm[index] as Measure), resources: untouched[index]?.resources ?? {} },
        end: end[index] as Measure,
        exit,
      })),
      await this.#broker.close(),
    ];
    return { seed, minutes, wrongs, counts, faults: this.#faults, settledMs, processes };
  }

  /** Ends whatever a run that failed has left. */
  kill(): void {
    for (const { child } of this.#peers) child.kill('SIGKILL');
    this.#broker.kill();
  }

  async #start(script: string): Promise<void> {
    const { seed } = this.#options;
    await this.#broker.open();
    this.#peers = Array.from({ length: PROCESSES }, (_, index) => {
      const options: PeersOptions = {
        url: this.#broker.url,
        seed: seed + index,
        index,
        processes: PROCESSES,
      };
      const command = [process.execPath, '--expose-gc', script, JSON.stringify(options)];
      return startProcess<PeersCalls>(command, this.#hear);
    });
  }

  readonly #hear = (told: unknown): void => {
    const news = told as Told;
    if ('ended' in news) this.#ended.push(news.ended);
    else this.#complain(news);
  };

  #complain({ wrong, eva, targetEva }: Wrong): void {
    const histories = this.#all(async (calls) => [
      ...(await calls.history(eva, targetEva)),
      ...(await calls.history(targetEva, eva)),
    ]);
    this.#wrongs.push(
      histories.then((lines) => [`${eva} ↔ ${targetEva}: ${wrong}`, ...lines.flat().sort()].join('\n    ')),
    );
  }

  #all<T>(call: (calls: Remote<PeersCalls>) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#peers.map(({ calls }) => call(calls)));
  }

  #measure(): Promise<Measure[]> {
    return this.#all((calls) => calls.measure());
  }

  /**
   * Lets the peers live while something happens, and then until both sides of everything agree.
   *
   * @returns how long that took, in ms
   */
  async #live(meanwhile: () => Promise<unknown>): Promise<number> {
    await this.#all((calls) => calls.openPeers());
    await this.#all((calls) => calls.act());
    await meanwhile();
    await this.#all((calls) => calls.calmDown());
    const begin = Date.now();
    let unsettled: Wrong[];
    let open: Conversation[];
    do {
      await sleep(LOOK_MS);
      const statuses = await this.#all((calls) => calls.status());
      open = statuses.flatMap((each) => each.open);
      unsettled = [...unsettledIn(open), ...statuses.flatMap((each) => each.opening)];
    } while (unsettled.length > 0 && Date.now() - begin < SETTLE_MS);
    for (const wrong of [...unsettled, ...mistakesIn([...this.#ended, ...open])]) this.#complain(wrong);
    return Date.now() - begin;
  }

  /** Whole processes end, and sleep, until the time is up. */
  async #makeTrouble(): Promise<void> {
    const { minutes, seed, log } = this.#options;
    const chance = chanceOf(seed + PROCESSES);
    const faults = faultsByChance(chance);
    const begin = Date.now();
    for (let minute = 0; Date.now() - begin < minutes * MINUTE_MS; ) {
      const [shortest, longest] = PAUSE_MS;
      await sleep(shortest + chance.upTo(longest - shortest));
      const [name, happen] = faults.next().value;
      const peers = chance.pick(this.#peers);
      if (peers !== undefined) await happen(this.#broker, peers, chance);
      this.#faults[name] = (this.#faults[name] ?? 0) + 1;
      const passed = Math.floor((Date.now() - begin) / MINUTE_MS);
      if (passed === minute) continue;
      minute = passed;
      log(progressOf(minute, minutes, countsOf(await this.#all((calls) => calls.status())), this.#faults));
    }
  }

  /** Destroys the peers, and waits until nothing of them is open. @returns what is still held then */
  async #release(start: Measure[]): Promise<Measure[]> {
    await this.#all((calls) => calls.destroyPeers());
    const end = Date.now() + RELEASE_MS;
    const isOver = (now: Measure[]) =>
      now.every(({ resources }, index) => namesOf(resources) === namesOf(start[index]?.resources ?? {}));
    let now = await this.#measure();
    while (!isOver(now) && Date.now() < end) {
      await sleep(LOOK_MS);
      now = await this.#measure();
    }
    return now;
  }
}

/** @returns what happened; whether that is right, the caller says */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const folder = await bundleAll('soak', {
    broker: 'test/soak/broker-process.ts',
    peers: 'test/soak/peers-process.ts',
  });
  const run = new Soak(options, `${folder}/broker.js`);
  try {
    return await run.run(`${folder}/peers.js`);
  } finally {
    run.kill();
  }
}
