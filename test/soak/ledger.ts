/**
 * What the soak knows of every connection: each side counts what it sends and checks what it hears. Pure, so that
 * test/soak/ledger.test.ts can show that nothing escapes it.
 */

/** A message of the soak says whose it is, and which one. */
export interface Note {
  conversation: string;
  index: number;
  text: string;
}

/** Every second message is a string: MarshallerHub has a form of its own for those. */
export type SoakMessage = Note | string;

/** One side of one connection, from its CONNECTED to its end. */
export interface Conversation {
  /** No two sides have the same, and it has no space. */
  readonly id: string;
  readonly eva: string;
  readonly targetEva: string;
  state: 'open' | 'closed' | 'lost';
  sent: number;
  /** The side that is heard, once it is. */
  remote?: string;
  received: number;
}

export function newConversation(id: string, eva: string, targetEva: string): Conversation {
  return { id, eva, targetEva, state: 'open', sent: 0, received: 0 };
}

/** A text of this length that shows where a piece is missing or in the wrong place. */
function textOf({ conversation, index }: Omit<Note, 'text'>, length: number): string {
  const piece = `${conversation} ${index} äé𝕧 `;
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

/** The next message of a side, which counts as sent. */
export function nextMessage(conversation: Conversation, length: number): SoakMessage {
  const note = { conversation: conversation.id, index: conversation.sent };
  conversation.sent += 1;
  const text = textOf(note, length);
  return note.index % 2 === 0 ? { ...note, text } : `${note.conversation} ${note.index} ${text}`;
}

function read(message: SoakMessage): Note {
  if (typeof message !== 'string') return message;
  const [conversation = '', index = ''] = message.split(' ', 2);
  return { conversation, index: Number(index), text: message.slice(conversation.length + index.length + 2) };
}

/** Takes a message for a side. @returns what is wrong with it, if anything is */
export function hear(conversation: Conversation, message: SoakMessage): string | undefined {
  const { conversation: from, index, text } = read(message);
  conversation.remote ??= from;
  const name = `message ${index} of ${from}`;
  if (conversation.state !== 'open') return `${name} came after the end of ${conversation.id}`;
  if (from !== conversation.remote) return `${name} came among those of ${conversation.remote}`;
  if (index !== conversation.received) return `${name} came in the place of ${conversation.received}`;
  conversation.received += 1;
  if (text !== textOf({ conversation: from, index }, text.length)) return `${name} was changed on its way`;
  return undefined;
}

/** Something that must not be, between two peers. */
export interface Wrong {
  wrong: string;
  eva: string;
  targetEva: string;
}

const about = ({ id, eva, targetEva }: Conversation, wrong: string): Wrong => ({
  wrong: `${id} ${wrong}`,
  eva,
  targetEva,
});

/** What is wrong with all that has been said and heard, whatever has become of it. */
export function mistakesIn(conversations: readonly Conversation[]): Wrong[] {
  const byId = new Map(conversations.map((each) => [each.id, each]));
  const heardBy = new Map<string, Conversation>();
  return conversations.flatMap((here) => {
    if (here.remote === undefined) return [];
    const other = byId.get(here.remote);
    if (other === undefined) return [about(here, `hears ${here.remote}, which nobody is`)];
    const twin = heardBy.get(other.id);
    heardBy.set(other.id, here);
    const wrongs = [
      [other.eva !== here.targetEva || other.targetEva !== here.eva, 'which talks to somebody else'],
      [other.remote !== undefined && other.remote !== here.id, `which hears ${other.remote}`],
      [twin !== undefined, `and so does ${twin?.id}`],
      [here.received > other.sent, `${here.received} messages of ${other.sent}`],
    ] as const;
    return wrongs
      .filter(([isWrong]) => isWrong)
      .map(([, how]) => about(here, `hears ${here.remote}, ${how}`));
  });
}

/** What has yet to happen until both sides of everything that is open agree, and all that was said is heard. */
export function unsettledIn(conversations: readonly Conversation[]): Wrong[] {
  const open = conversations.filter(({ state }) => state === 'open');
  const byPair = new Map(open.map((each) => [`${each.eva} ${each.targetEva}`, each]));
  return open.flatMap((here) => {
    const other = byPair.get(`${here.targetEva} ${here.eva}`);
    if (other === undefined) return [about(here, 'is open, and the other side is not')];
    if (here.remote !== undefined && here.remote !== other.id)
      return [about(here, `hears ${here.remote} in the place of ${other.id}`)];
    if (here.received < other.sent)
      return [about(here, `has heard ${here.received} of the ${other.sent} messages of ${other.id}`)];
    return [];
  });
}
