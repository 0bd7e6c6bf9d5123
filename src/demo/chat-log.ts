import { listOf } from './words.ts';

/** What is known of a message of one's own, for each person that it is for. */
export type Delivery =
  /** The connection has it: it arrives, unless the connection is lost before. */
  | 'sent'
  /** It leaves as soon as the connection is back. */
  | 'waiting'
  /** The connection was lost while it waited. */
  | 'missed';

export interface ChatLine {
  /** Who says it: `you`, a peer's name, or the page itself. */
  readonly kind: 'you' | 'peer' | 'note' | 'warning';
  readonly author: string;
  readonly text: string;
  readonly time: Date;
  /** The people that a message of one's own is for, by their addresses. */
  readonly recipients: Map<string, { name: string; delivery: Delivery }>;
}

/** How many lines are kept; the oldest go first. */
export const MOST_LINES = 300;

/** What was said in a room, and what happened there. */
export class ChatLog {
  readonly #lines: ChatLine[] = [];
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get lines(): readonly ChatLine[] {
    return this.#lines;
  }

  add(
    kind: ChatLine['kind'],
    author: string,
    text: string,
    recipients: ChatLine['recipients'] = new Map(),
  ): void {
    this.#lines.push({ kind, author, text, time: new Date(), recipients });
    if (this.#lines.length > MOST_LINES) this.#lines.shift();
    this.#changed();
  }

  /** What waited for this person has left, or is missed. */
  settle(eva: string, delivery: 'sent' | 'missed'): void {
    for (const { recipients } of this.#lines) {
      const recipient = recipients.get(eva);
      if (recipient?.delivery === 'waiting') recipient.delivery = delivery;
    }
    this.#changed();
  }
}

/** What is said under a message of one's own. */
export function describeDelivery(recipients: ChatLine['recipients']): string {
  const people = [...recipients.values()];
  if (people.length === 0) return 'Nobody else was here';
  const namesWith = (delivery: Delivery) =>
    listOf(people.filter((person) => person.delivery === delivery).map(({ name }) => name));
  // Without full stops: a name may end with one.
  const parts = [
    { names: namesWith('sent'), before: 'Sent to' },
    { names: namesWith('waiting'), before: 'Waiting for' },
    { names: namesWith('missed'), before: 'The connection was lost to' },
  ];
  return parts
    .filter(({ names }) => names !== '')
    .map(({ names, before }) => `${before} ${names}`)
    .join(' · ');
}
