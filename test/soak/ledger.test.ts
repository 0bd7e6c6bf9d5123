import { describe, expect, test } from 'vitest';
import { type Conversation, hear, mistakesIn, newConversation, nextMessage, unsettledIn } from './ledger.ts';

/** The two sides of one connection. */
function pair(): [alice: Conversation, bob: Conversation] {
  return [newConversation('alice#1', 'alice', 'bob'), newConversation('bob#1', 'bob', 'alice')];
}

/** Everything that is wrong once `messages` have come. */
function heard(conversation: Conversation, messages: ReturnType<typeof nextMessage>[]): string[] {
  return messages.flatMap((message) => hear(conversation, message) ?? []);
}

describe('the ledger of the soak', () => {
  test('[SK3] finds nothing wrong with messages of any length in their order', () => {
    const [alice, bob] = pair();
    const messages = [0, 1, 7, 8, 200, 70_000].map((length) => nextMessage(alice, length));
    // As they come, through JSON.
    expect(heard(bob, JSON.parse(JSON.stringify(messages)))).toEqual([]);
    expect([...mistakesIn([alice, bob]), ...unsettledIn([alice, bob])]).toEqual([]);
  });

  test.each<[what: string, change: (messages: ReturnType<typeof nextMessage>[]) => typeof messages]>([
    ['is lost', ([first, , third]) => [first, third] as never],
    ['comes twice', ([first, second]) => [first, second, second] as never],
    ['comes too early', ([first, second, third]) => [first, third, second] as never],
    ['is changed', ([first, second]) => [first, String(second).replace('äé', 'éä')] as never],
    ['has lost its middle', ([first, second]) => [first, String(second).replace(/1 äé.{9}/, '1 ')] as never],
  ])('[SK3] finds a message that %s', (_what, change) => {
    const [alice, bob] = pair();
    const messages = [60, 60, 60].map((length) => nextMessage(alice, length));
    expect(heard(bob, change(messages))).not.toEqual([]);
  });

  test('[SK3] finds a message of an earlier connection, and one after the end', () => {
    const [alice, bob] = pair();
    const earlier = newConversation('alice#0', 'alice', 'bob');
    expect(heard(bob, [nextMessage(alice, 5), nextMessage(earlier, 5)])).not.toEqual([]);
    bob.state = 'closed';
    expect(heard(bob, [nextMessage(alice, 5)])).not.toEqual([]);
  });

  test('[SK3] waits for what has not come in a connection that lives, and for nothing of one that has ended', () => {
    const [alice, bob] = pair();
    heard(bob, [nextMessage(alice, 5)]);
    nextMessage(alice, 5);
    expect(unsettledIn([alice, bob])).toHaveLength(1);
    expect(unsettledIn([alice])).toHaveLength(1);
    alice.state = 'lost';
    bob.state = 'lost';
    expect([...mistakesIn([alice, bob]), ...unsettledIn([alice, bob])]).toEqual([]);
  });

  test('[SK3] finds sides that do not hear each other', () => {
    const [alice, bob] = pair();
    const second = newConversation('bob#2', 'bob', 'alice');
    const message = nextMessage(alice, 5);
    heard(bob, [message]);
    bob.state = 'closed';
    heard(second, [message]);
    expect(mistakesIn([alice, bob, second]).map(({ wrong }) => wrong)).toEqual([
      'bob#2 hears alice#1, and so does bob#1',
    ]);
    alice.remote = 'bob#2';
    expect(mistakesIn([alice, bob]).map(({ wrong }) => wrong)).toEqual([
      'alice#1 hears bob#2, which nobody is',
      'bob#1 hears alice#1, which hears bob#2',
    ]);
    expect(unsettledIn([alice, second])).toEqual([]);
    const stranger = newConversation('carol#1', 'carol', 'bob');
    stranger.remote = alice.id;
    expect(mistakesIn([newConversation('alice#1', 'alice', 'bob'), stranger])).not.toEqual([]);
  });
});
