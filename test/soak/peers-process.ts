import { setTimeout as sleep } from 'node:timers/promises';
import { setLogger } from '../../src/core/logger.ts';
import { answerCalls, tell } from '../support/remote-process.ts';
import { actOnce, type Scene } from './actions.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Counts, sumOf } from './counts.ts';
import type { Conversation, Wrong } from './ledger.ts';
import { measure } from './measure.ts';
import { SoakPeer } from './peer.ts';
import {
  byStack,
  createStack,
  PEERS_OF,
  Sockets,
  STACK_NAMES,
  type Stack,
  type StackName,
} from './stacks.ts';

export interface PeersOptions {
  url: string;
  seed: number;
  /** Which of the processes it is, from 0. */
  index: number;
  processes: number;
}

export interface PeersStatus {
  open: Conversation[];
  /** What is to be told CONNECTED or FAILED still. */
  opening: Wrong[];
  counts: Record<StackName, Counts>;
}

/** What a process says of its own accord. */
export type Told = { ended: Conversation } | Wrong;

/** The pause between two actions is this long at most, in ms. */
const LONGEST_PAUSE = 50;

function evasOf(index: number, name: StackName): string[] {
  return Array.from({ length: PEERS_OF[name] }, (_, peer) => `${name}-${index}-${peer}`);
}

/** Ten peers in one process. */
class PeersProcess {
  readonly #options: PeersOptions;
  readonly #chance: Chance;
  readonly #sockets: Sockets;
  readonly #stacks: Record<StackName, Stack>;
  #peers: { name: StackName; peer: SoakPeer }[] = [];
  #counts: { name: StackName; counts: Counts }[] = [];
  #isActing = false;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#chance = chanceOf(options.seed);
    this.#sockets = new Sockets(options.url);
    this.#stacks = byStack((name) => createStack(name, this.#sockets, options.seed));
  }

  openPeers(): void {
    const listener = {
      ended: (ended: Conversation) => tell({ ended } satisfies Told),
      wrong: (wrong: Wrong) => tell(wrong satisfies Told),
    };
    this.#peers = STACK_NAMES.flatMap((name) =>
      evasOf(this.#options.index, name).map((eva) => ({
        name,
        peer: new SoakPeer(eva, this.#stacks[name].hub, listener),
      })),
    );
    this.#counts = this.#peers.map(({ name, peer: { counts } }) => ({ name, counts }));
  }

  /** Does something at random, again and again, until `calmDown`. */
  act(): void {
    this.#isActing = true;
    void this.#act();
  }

  /** Ends that, and every fault. */
  calmDown(): void {
    this.#isActing = false;
    for (const name of STACK_NAMES) this.#stacks[name].setFaults({});
    for (const socket of this.#sockets.all) socket.resume();
  }

  status(): PeersStatus {
    return {
      open: this.#peers.flatMap(({ peer }) => peer.conversations),
      opening: this.#peers.flatMap(({ peer: { eva, opening } }) =>
        opening.map((targetEva) => ({ wrong: 'openConnection has no answer', eva, targetEva })),
      ),
      counts: byStack((name) => sumOf(this.#countsOf(name))),
    };
  }

  history(eva: string, targetEva: string): string[] {
    return this.#peers.find(({ peer }) => peer.eva === eva)?.peer.history(targetEva) ?? [];
  }

  destroyPeers(): void {
    for (const { peer } of this.#peers) peer.destroy();
    this.#peers = [];
  }

  measure = measure;

  async #act(): Promise<void> {
    const { pick, upTo } = this.#chance;
    while (this.#isActing) {
      const chosen = pick(this.#peers);
      if (chosen !== undefined) actOnce(chosen.peer, this.#sceneOf(chosen.name, chosen.peer.eva));
      await sleep(upTo(LONGEST_PAUSE));
    }
  }

  #sceneOf(name: StackName, eva: string): Scene {
    const { index, processes } = this.#options;
    // What is in memory is in this process.
    const indices = name === 'memory' ? [index] : Array.from({ length: processes }, (_, each) => each);
    const others = indices.flatMap((each) => evasOf(each, name)).filter((each) => each !== eva);
    return { chance: this.#chance, stack: this.#stacks[name], others, sockets: this.#sockets };
  }

  #countsOf(name: StackName): Counts[] {
    return this.#counts.filter((each) => each.name === name).map(({ counts }) => counts);
  }
}

export type PeersCalls = PeersProcess;

// What the library warns of is what the soak is for; its errors are its own faults.
setLogger({
  error: (text, { endpoint: eva = '', peer: targetEva = '', reason, error }) => {
    const stack = error instanceof Error ? `\n${error.stack}` : '';
    const wrong = `the library logged an error: ${text}: ${reason}${stack}`;
    tell({ wrong, eva, targetEva } satisfies Told);
  },
});

answerCalls(new PeersProcess(JSON.parse(process.argv[2] ?? '{}')));
