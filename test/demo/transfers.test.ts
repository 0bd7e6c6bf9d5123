import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CONNECTION_PATIENCE_MS } from '../../src/demo/files/file-transfer.machine.ts';
import type { FileTransfer } from '../../src/demo/files/file-transfer.ts';
import { type IncomingFile, WINDOW } from '../../src/demo/files/incoming-file.ts';
import { LARGEST_WINDOW } from '../../src/demo/files/outgoing-file.ts';
import { MOST_FILES, Transfers } from '../../src/demo/files/transfers.ts';
import { CHUNK_BYTES, type FileMessage, MOST_OPEN_FILES } from '../../src/demo/peer-messages.ts';
import { turns } from '../support/turns.ts';

const MiB = 2 ** 20;
const sha256 = '0'.repeat(64);

/** The files of Ada and Bob, and the connection between them: each message is delivered in a task of its own. */
class Pair {
  readonly ada = this.#side('bob', () => this.bob);
  readonly bob: Transfers = this.#side('ada', () => this.ada);
  /** All that was said, by type. */
  readonly said: FileMessage[] = [];
  readonly problems: string[] = [];
  /** Called with each message before it leaves. */
  onMessage: (message: FileMessage) => void = () => {};
  #connection: object | undefined = {};

  #side(target: string, other: () => Transfers): Transfers {
    return new Transfers({
      send: (_eva, message) => {
        const connection = this.#connection;
        if (connection === undefined) return false;
        this.said.push(message);
        this.onMessage(message);
        setImmediate(() => {
          // What is on its way when the connection ends is lost.
          if (connection !== this.#connection) return;
          const source = target === 'bob' ? 'ada' : 'bob';
          const problem = other().receive(source, source, message);
          if (problem !== undefined) this.problems.push(problem);
        });
        return true;
      },
      changed: () => {},
      stateChanged: () => {},
    });
  }

  cut(): void {
    this.#connection = undefined;
    this.ada.connectionEnded('bob');
    this.bob.connectionEnded('ada');
  }

  /** Cuts the connection right after the first such message has left: it is lost. */
  cutAt(matches: (message: FileMessage) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.onMessage = (message) => {
        if (!matches(message)) return;
        this.onMessage = () => {};
        setImmediate(() => {
          this.cut();
          resolve();
        });
      };
    });
  }

  reconnect(): void {
    this.#connection = {};
    // As in a room: the greeting first.
    const [byAda, byBob] = [this.ada.sentTo('bob'), this.bob.sentTo('ada')];
    setImmediate(() => {
      this.bob.greeted('ada', byAda);
      this.ada.greeted('bob', byBob);
    });
    this.ada.connectionOpened('bob');
    this.bob.connectionOpened('ada');
  }

  /** Ada offers a file. @returns both sides of it, once Bob has seen the offer */
  async offer(content: Uint8Array<ArrayBuffer> | File): Promise<[ada: FileTransfer, bob: IncomingFile]> {
    const known = this.bob.files.length;
    const file = content instanceof File ? content : new File([content], 'cat.jpg');
    expect(this.ada.offer('bob', 'Bob', file)).toBeUndefined();
    await eventually(() => expect(this.bob.files).toHaveLength(known + 1));
    return [this.ada.files.at(-1) as FileTransfer, this.bob.files.at(-1) as IncomingFile];
  }

  count(type: FileMessage['type']): number {
    return this.said.filter((message) => message.type === type).length;
  }
}

/** Far above what anything takes here; one that does not come true by then never does. */
const eventually = (check: () => void) => vi.waitFor(check, 10_000);

const until = (file: FileTransfer, state: FileTransfer['state']) =>
  eventually(() => expect(file.state).toBe(state));

const digest = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

async function digestOf(file: IncomingFile): Promise<string> {
  return digest(new Uint8Array((await file.whole?.arrayBuffer()) ?? new ArrayBuffer(0)));
}

describe('a file', () => {
  test.each([0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, WINDOW + 1, 9 * MiB + 12_345])(
    '[DM12] of %i bytes arrives as it was',
    async (size) => {
      const content = new Uint8Array(randomBytes(size));
      const pair = new Pair();
      const [ada, bob] = await pair.offer(content);
      expect([ada.state, bob.state, bob.details.name, bob.details.size]).toEqual([
        'offered',
        'offered',
        'cat.jpg',
        size,
      ]);
      bob.accept();
      await until(ada, 'done');
      expect(bob.state).toBe('done');
      expect(pair.said[0]).toMatchObject({ type: 'file-offer', sha256: digest(content) });
      expect(await digestOf(bob)).toBe(digest(content));
      expect(bob.whole?.type).toBe('application/octet-stream');
      expect(pair.problems).toEqual([]);
    },
  );

  test('[DM13] is read and sent only as far as it was asked for', async () => {
    const pair = new Pair();
    const [ada, bob] = await pair.offer(new Uint8Array(20 * MiB));
    let asked = 0;
    let sent = 0;
    let furthest = 0;
    pair.onMessage = (message) => {
      if (message.type === 'file-request') asked = message.to;
      if (message.type !== 'file-chunk') return;
      sent = message.offset + CHUNK_BYTES;
      furthest = Math.max(furthest, sent - bob.arrived);
      expect(sent).toBeLessThanOrEqual(asked);
    };
    bob.accept();
    await until(ada, 'done');
    expect(furthest).toBeGreaterThan(CHUNK_BYTES);
    expect(furthest).toBeLessThanOrEqual(WINDOW);
    expect(sent).toBe(20 * MiB);
  });

  test('[DM13] is never sent further ahead than the sending page can hold', async () => {
    const pair = new Pair();
    const [ada] = await pair.offer(new Uint8Array(20 * MiB));
    pair.ada.receive('bob', 'Bob', { type: 'file-request', id: ada.details.id, from: 0, to: 20 * MiB });
    await eventually(() => expect(pair.count('file-chunk')).toBe(LARGEST_WINDOW / CHUNK_BYTES));
    await turns(50);
    expect(pair.count('file-chunk')).toBe(LARGEST_WINDOW / CHUNK_BYTES);
  });

  test('[DM14] goes on after each cut from where it was', async () => {
    const content = new Uint8Array(randomBytes(12 * MiB));
    const pair = new Pair();
    const [ada, bob] = await pair.offer(content);
    bob.accept();
    for (const offset of [2 * MiB, 7 * MiB]) {
      await pair.cutAt((message) => message.type === 'file-chunk' && message.offset === offset);
      expect([ada.state, bob.state]).toEqual(['interrupted', 'interrupted']);
      const from = bob.arrived;
      expect(from).toBeGreaterThan(offset - WINDOW);
      pair.reconnect();
      await eventually(() => expect(pair.said).toContainEqual(expect.objectContaining({ from })));
    }
    await until(ada, 'done');
    expect(await digestOf(bob)).toBe(digest(content));
    expect(pair.count('file-chunk')).toBeLessThan(12 * 16 + 2 * 2 * (WINDOW / CHUNK_BYTES));
    expect(pair.problems).toEqual([]);
  });

  test('[DM13] is read piece by piece: once for its checksum, and once to be sent', async () => {
    const pair = new Pair();
    const file = new File([new Uint8Array(4 * MiB)], 'cat.jpg');
    const slice = vi.spyOn(file, 'slice');
    const [ada, bob] = await pair.offer(file);
    bob.accept();
    await until(ada, 'done');
    expect(slice).toHaveBeenCalledTimes(4 + (4 * MiB) / CHUNK_BYTES);
    for (const [begin = 0, end = 0] of slice.mock.calls) expect(end - begin).toBeLessThanOrEqual(MiB);
  });

  test('[DM14] sends nothing that was read for the connection before', async () => {
    const pair = new Pair();
    const content = new Uint8Array(randomBytes(MiB));
    const file = new File([content], 'cat.jpg');
    let answer = (_piece: ArrayBuffer) => {};
    const late = new Promise<ArrayBuffer>((resolve) => {
      answer = resolve;
    });
    vi.spyOn(file, 'slice').mockImplementation((begin, end) => {
      const piece = new Blob([content]).slice(begin, end);
      // The third piece takes until the file goes on after a cut, which has cost the second one.
      if (begin === 2 * CHUNK_BYTES) piece.arrayBuffer = () => late;
      return piece;
    });
    const piece = vi.mocked(file.slice).getMockImplementation() as File['slice'];
    vi.mocked(file.slice).mockRestore();
    const [ada, bob] = await pair.offer(file);
    vi.spyOn(file, 'slice').mockImplementation(piece);
    const cut = pair.cutAt((message) => message.type === 'file-chunk' && message.offset === CHUNK_BYTES);
    bob.accept();
    await cut;
    expect(bob.arrived).toBe(CHUNK_BYTES);
    vi.mocked(file.slice).mockRestore();
    pair.reconnect();
    await until(ada, 'transferring');
    answer(content.buffer.slice(2 * CHUNK_BYTES, 3 * CHUNK_BYTES));
    await until(ada, 'done');
    expect(await digestOf(bob)).toBe(digest(content));
    expect(pair.problems).toEqual([]);
  });

  test('[DM14] goes on where it is accepted while there is no connection', async () => {
    const pair = new Pair();
    const [ada, bob] = await pair.offer(new Uint8Array(100));
    pair.cut();
    expect([ada.state, bob.state]).toEqual(['offered', 'offered']);
    bob.accept();
    expect(bob.state).toBe('interrupted');
    pair.reconnect();
    await until(ada, 'done');
  });

  test('[DM14] is done also where only the last word was lost', async () => {
    const pair = new Pair();
    const [ada, bob] = await pair.offer(new Uint8Array(100));
    const cut = pair.cutAt((message) => message.type === 'file-request' && message.from === 100);
    bob.accept();
    await cut;
    expect([ada.state, bob.state]).toEqual(['interrupted', 'done']);
    pair.reconnect();
    await until(ada, 'done');
    expect(pair.bob.files).toHaveLength(1);
  });

  test('[DM14] that is offered without a connection is offered on the next one', async () => {
    const pair = new Pair();
    pair.cut();
    pair.ada.offer('bob', 'Bob', new File(['x'], 'cat.jpg'));
    pair.reconnect();
    await eventually(() => expect(pair.bob.files).toHaveLength(1));
  });

  test.each(['ada', 'bob'] as const)('[DM15] is cancelled on both sides when %s does', async (who) => {
    const pair = new Pair();
    const [ada, bob] = await pair.offer(new Uint8Array(8 * MiB));
    bob.accept();
    await eventually(() => expect(bob.arrived).toBeGreaterThan(MiB));
    const [one, other] = who === 'ada' ? [ada, bob] : [bob, ada];
    one.cancel();
    await until(other, 'cancelled');
    expect([one.reason, other.reason]).toEqual(['You cancelled it.', 'The other side cancelled it.']);
    expect(pair.problems).toEqual([]);
  });

  test('[DM15] that was cancelled without a connection is cancelled at the next offer', async () => {
    const pair = new Pair();
    const [ada, bob] = await pair.offer(new Uint8Array(100));
    pair.cut();
    bob.cancel();
    pair.reconnect();
    await until(ada, 'cancelled');
    expect(bob.state).toBe('cancelled');
  });

  test.each([
    ['that waits for an answer', false, 'offered'],
    ['that is interrupted', true, 'interrupted'],
  ])(
    '[DM15] %s ends when its sender has cancelled it without a connection',
    async (_what, isAccepted, state) => {
      const pair = new Pair();
      const [ada, bob] = await pair.offer(new Uint8Array(8 * MiB));
      if (isAccepted) {
        bob.accept();
        await eventually(() => expect(bob.arrived).toBeGreaterThan(MiB));
      }
      pair.cut();
      expect(bob.state).toBe(state);
      ada.cancel();
      pair.ada.dismiss(ada);
      pair.reconnect();
      await until(bob, 'cancelled');
      expect(bob.reason).toBe('The other side has ended it.');
    },
  );

  test('[DM23] ends when the other one leaves for good', async () => {
    const pair = new Pair();
    const [ada, bob] = await pair.offer(new Uint8Array(8 * MiB));
    pair.cut();
    pair.ada.peerLeft('bob');
    pair.bob.peerLeft('ada');
    expect([ada.state, ada.reason, bob.state, bob.reason]).toEqual([
      'failed',
      'Bob has left.',
      'failed',
      'ada has left.',
    ]);
  });

  test('[DM23] ends when the connection does not come back within 10 minutes', async () => {
    const pair = new Pair();
    const [offered] = await pair.offer(new Uint8Array(1));
    const [ada, bob] = await pair.offer(new Uint8Array(8 * MiB));
    bob.accept();
    await eventually(() => expect(bob.arrived).toBeGreaterThan(MiB));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    pair.cut();
    vi.advanceTimersByTime(CONNECTION_PATIENCE_MS - 1);
    pair.reconnect();
    vi.advanceTimersByTime(2 * CONNECTION_PATIENCE_MS);
    await turns(10);
    expect([offered.state, ada.state, bob.state]).toEqual(['offered', 'transferring', 'transferring']);
    pair.cut();
    vi.advanceTimersByTime(CONNECTION_PATIENCE_MS - 1);
    expect([offered.state, ada.state, bob.state]).toEqual(['offered', 'interrupted', 'interrupted']);
    vi.advanceTimersByTime(1);
    expect([offered.state, ada.state, bob.state]).toEqual(['failed', 'failed', 'failed']);
    expect(bob.reason).toContain('did not come back');
  });

  test('[DM15] that the other page does not know any more is cancelled', async () => {
    const pair = new Pair();
    const [ada, bob] = await pair.offer(new Uint8Array(8 * MiB));
    bob.accept();
    await eventually(() => expect(bob.arrived).toBeGreaterThan(MiB));
    pair.cut();
    bob.cancel();
    pair.bob.dismiss(bob);
    pair.reconnect();
    await eventually(() => expect(pair.bob.files).toHaveLength(1));
    // It is a new offer to this page.
    expect(pair.bob.files[0]?.state).toBe('offered');
    ada.cancel();
    await until(pair.bob.files[0] as FileTransfer, 'cancelled');
  });

  test.each([
    ['out of order', { offset: 5, data: 'AAAA' }],
    ['of nothing', { offset: 0, data: '' }],
    ['that is no base64', { offset: 0, data: '?' }],
    ['that was not asked for', { offset: 0, data: 'A'.repeat(400) }],
  ])('[DM17] fails on both sides with a piece %s', async (_what, { offset, data }) => {
    const pair = new Pair();
    const [ada, bob] = await pair.offer(new Uint8Array(100));
    pair.onMessage = (message) => {
      if (message.type === 'file-chunk') Object.assign(message, { offset, data });
    };
    bob.accept();
    await until(ada, 'cancelled');
    expect(bob.state).toBe('failed');
    expect(pair.problems).toEqual(['a piece of the file is not what was asked for.']);
  });

  test('[DM17] fails on both sides when it cannot be read any more', async () => {
    const pair = new Pair();
    const file = new File(['hello'], 'cat.jpg');
    const [ada, bob] = await pair.offer(file);
    file.slice = () => new Blob(['hell']);
    bob.accept();
    await until(bob, 'cancelled');
    expect(ada.state).toBe('failed');
    expect(bob.reason).toBe(
      'It failed on the other side: the file can no longer be read as it was: it has changed, or is gone.',
    );
  });

  test('[DM17] is not offered when it cannot be read', async () => {
    const pair = new Pair();
    const file = new File(['hello'], 'cat.jpg');
    file.slice = () => {
      throw new DOMException('not found', 'NotFoundError');
    };
    pair.ada.offer('bob', 'Bob', file);
    await until(pair.ada.files[0] as FileTransfer, 'failed');
    expect(pair.count('file-offer')).toBe(0);
  });

  test('[DM17] fails on both sides when it has changed since it was offered, to the same length', async () => {
    const pair = new Pair();
    const content = new Uint8Array(randomBytes(2 * MiB));
    const file = new File([content], 'cat.jpg');
    const [ada, bob] = await pair.offer(file);
    const changed = content.slice();
    changed[MiB] = (changed[MiB] ?? 0) ^ 1;
    file.slice = (begin, end) => new Blob([changed]).slice(begin, end);
    bob.accept();
    await until(ada, 'cancelled');
    expect([bob.state, bob.whole]).toEqual(['failed', undefined]);
    expect(bob.reason).toContain('checksum');
  });

  test('[DM15] that is still read for its checksum is offered to nobody once it is cancelled', async () => {
    const pair = new Pair();
    pair.ada.offer('bob', 'Bob', new File([new Uint8Array(4 * MiB)], 'cat.jpg'));
    const [ada] = pair.ada.files as [FileTransfer];
    expect(ada.state).toBe('preparing');
    ada.cancel();
    await turns(200);
    expect([ada.state, pair.count('file-offer')]).toEqual(['cancelled', 0]);
  });

  test('[DM17] takes no confirmation of what was not sent', async () => {
    const pair = new Pair();
    const [ada] = await pair.offer(new Uint8Array(MiB));
    const { id } = ada.details;
    expect(
      pair.ada.receive('bob', 'Bob', { type: 'file-request', id, from: 2 * MiB, to: 2 * MiB }),
    ).toContain('not sent');
    expect(ada.state).toBe('offered');
    pair.ada.receive('bob', 'Bob', { type: 'file-request', id, from: 0, to: MiB });
    expect(pair.ada.receive('bob', 'Bob', { type: 'file-request', id, from: MiB, to: MiB })).toContain(
      'not sent',
    );
    expect(ada.state).toBe('transferring');
  });
});

describe('the files of a room', () => {
  test('[DM16] are at most 8 open ones to and from each peer', async () => {
    const pair = new Pair();
    for (let count = 0; count < MOST_OPEN_FILES; count += 1) await pair.offer(new Uint8Array(1));
    expect(pair.ada.offer('bob', 'Bob', new File(['x'], 'cat.jpg'))).toContain('8 files for Bob');
    expect(pair.ada.files).toHaveLength(MOST_OPEN_FILES);
    const offer = { type: 'file-offer' as const, id: 'ninth', name: 'cat.jpg', size: 1, sha256 };
    pair.bob.receive('ada', 'Ada', offer);
    expect(pair.said.at(-1)).toMatchObject({ type: 'file-cancel', id: 'ninth' });
    expect(pair.bob.files).toHaveLength(MOST_OPEN_FILES);
    pair.bob.files[0]?.cancel();
    pair.bob.receive('ada', 'Ada', offer);
    expect(pair.bob.files).toHaveLength(MOST_OPEN_FILES + 1);
  });

  test('[DM16] are at most 100, of which those that are over go first', () => {
    const { bob } = new Pair();
    bob.receive('ada', 'Ada', { type: 'file-offer', id: 'open', name: 'cat.jpg', size: 1, sha256 });
    for (let count = 0; count < MOST_FILES + 5; count += 1) {
      bob.receive('ada', 'Ada', { type: 'file-offer', id: `${count}`, name: 'cat.jpg', size: 1, sha256 });
      bob.receive('ada', 'Ada', { type: 'file-cancel', id: `${count}`, reason: 'No.' });
    }
    expect(bob.files).toHaveLength(MOST_FILES);
    expect(bob.files[0]?.details.id).toBe('open');
  });

  test('[DM16] are at most 100 where none is over: the next one is declined', async () => {
    const pair = new Pair();
    const { bob } = pair;
    for (let count = 0; count < MOST_FILES; count += 1) {
      const eva = `page-${count % 20}`;
      bob.receive(eva, 'Ada', { type: 'file-offer', id: `${count}`, name: 'cat.jpg', size: 1, sha256 });
    }
    bob.receive('zoe', 'Zoe', { type: 'file-offer', id: 'more', name: 'cat.jpg', size: 1, sha256 });
    expect(pair.said.at(-1)).toMatchObject({ type: 'file-cancel', id: 'more' });
    expect(bob.offer('zoe', 'Zoe', new File(['x'], 'cat.jpg'))).toContain('100 files are under way');
    expect(bob.files).toHaveLength(MOST_FILES);
    bob.files[7]?.cancel();
    expect(bob.offer('zoe', 'Zoe', new File(['x'], 'cat.jpg'))).toBeUndefined();
    expect(bob.files).toHaveLength(MOST_FILES);
  });

  test('[DM16] keep the one that is under way when it is dismissed', async () => {
    const pair = new Pair();
    const [ada] = await pair.offer(new Uint8Array(1));
    pair.ada.dismiss(ada);
    expect(pair.ada.files).toHaveLength(1);
    ada.cancel();
    pair.ada.dismiss(ada);
    expect(pair.ada.files).toHaveLength(0);
  });

  test('[DM17] of one peer are out of reach for another', async () => {
    const pair = new Pair();
    const [ada] = await pair.offer(new Uint8Array(1));
    pair.ada.receive('mallory', 'Mallory', { type: 'file-cancel', id: ada.details.id, reason: 'No.' });
    expect(ada.state).toBe('offered');
    const own = { type: 'file-offer' as const, id: ada.details.id, name: 'x', size: 1, sha256 };
    expect(pair.ada.receive('bob', 'Bob', own)).toContain('id of another');
  });
});
