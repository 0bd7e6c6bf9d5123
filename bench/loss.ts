import type { MessageEvent, ParentEndpoint, ParentHub } from '../src/core/contracts.ts';
import { Vnf } from '../src/index.ts';
import type { Measure, Result } from './harness/result.ts';
import { compare, repeat } from './harness/rounds.ts';
import { connectPair, nextTurn } from './scenarios/stacks.ts';

const MESSAGE = 'x'.repeat(100);

/** How a reliable stream in memory takes lost frames. */
export const measure: Measure = async ({ short }) => [
  await repeat(
    {
      case: 'one frame lost in the middle, in memory',
      unit: 'ms',
      goal: { atMost: 10 },
      rounds: short ? 3 : 9,
    },
    () => lostOne(false),
  ),
  await repeat(
    { case: 'last frame lost, in memory', unit: 'ms', goal: { atMost: 60 }, rounds: short ? 3 : 9 },
    () => lostOne(true),
  ),
  ...(await goodputs(short)),
];

/**
 * Milliseconds from the loss of one frame with a message until everything has come in its order: with others before
 * and after it, or as the last one.
 */
async function lostOne(isLast: boolean): Promise<number> {
  const hub = new DroppingHub();
  const { alice, bob } = await connectPair(new Vnf.ReliableHub(hub));
  const received: string[] = [];
  bob.onMessage = ({ message }) => received.push(message);
  const send = async (count: number, first: number) => {
    for (let index = first; index < first + count; index += 1) {
      alice.send(bob.eva, `${index}`);
      // One a turn, so that each has a frame of its own, and a side can learn how long a round trip takes.
      await nextTurn();
    }
  };
  await send(20, 0);
  const begin = performance.now();
  hub.dropNext(alice.eva);
  await send(1, 20);
  if (!isLast) await send(20, 21);
  const count = isLast ? 21 : 41;
  while (received.length < count) await nextTurn();
  const ms = performance.now() - begin;
  if (received.some((text, index) => text !== `${index}`))
    throw new Error('A message is in the wrong place.');
  alice.destroy();
  bob.destroy();
  return ms;
}

/** A hub in memory that drops one frame when it is told to. */
class DroppingHub implements ParentHub {
  readonly #hub = new Vnf.InBrowserHub();
  #victim: string | undefined;

  /** The next frame of this side is lost that is a message. */
  dropNext(eva: string): void {
    this.#victim = eva;
  }

  openEndpoint(eva: string): ParentEndpoint {
    const endpoint = this.#hub.openEndpoint(eva);
    const send = (target: string, frame: string) => {
      if (this.#victim === eva && !frame.startsWith('HEARTBEAT')) this.#victim = undefined;
      else endpoint.send(target, frame);
    };
    return new Proxy<ParentEndpoint>(endpoint, {
      get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
      set: (target, name, value) => Reflect.set(target, name, value),
    });
  }
}

async function goodputs(short: boolean): Promise<Result[]> {
  const results: Result[] = [];
  for (const { loss, atLeast } of [
    { loss: 0.01, atLeast: 0.6 },
    { loss: 0.1, atLeast: 0.3 },
    { loss: 0.3, atLeast: 0.1 },
  ]) {
    results.push(
      await compare(
        {
          case: `goodput at ${loss * 100} % loss, in memory`,
          unit: 'msg/s',
          goal: { atLeast },
          rounds: short ? 3 : 5,
        },
        () => goodput(0, short),
        () => goodput(loss, short),
      ),
    );
  }
  return results;
}

let seed = 0;

/** Messages a second that come in their order, from a sender that has always something to send. */
async function goodput(loss: number, short: boolean): Promise<number> {
  seed += 1;
  const lossy = new Vnf.UnreliableHub(new Vnf.InBrowserHub(), { seed });
  const { alice, bob } = await connectPair(new Vnf.ReliableHub(lossy));
  lossy.setFaults({ loss });
  let received = 0;
  bob.onMessage = ({ message }: MessageEvent) => {
    if (message.startsWith(`${received} `)) received += 1;
  };
  const begin = performance.now();
  const end = begin + (short ? 500 : 2000);
  // As much in flight as a busy application has.
  for (let sent = 0; performance.now() < end; await nextTurn()) {
    const limit = Math.min(received + 4096, sent + 128);
    for (; sent < limit; sent += 1) alice.send(bob.eva, `${sent} ${MESSAGE}`);
  }
  const perSecond = received / ((performance.now() - begin) / 1000);
  alice.destroy();
  bob.destroy();
  return perSecond;
}
