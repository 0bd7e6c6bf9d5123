import { type ChatLine, describeDelivery } from '../chat-log.ts';
import { find, fromTemplate, ListView, type Row, setText } from './dom.ts';

/** So near to its end the log counts as read, and goes on to scroll by itself; in CSS pixels. */
const NEAR_END_PX = 40;

/** The conversation. */
export class ChatView {
  readonly #log = find('#chat');
  readonly #lines = new ListView<ChatLine>(this.#log, lineRow);

  render(lines: readonly ChatLine[]): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.#lines.render(lines);
    if (isAtEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }
}

function lineRow({ kind, author, text, time }: ChatLine): Row<ChatLine> {
  const element = fromTemplate('chat-line');
  element.dataset['kind'] = kind;
  setText(find('[data-author]', element), kind === 'you' ? 'You' : author);
  setText(find('[data-text]', element), text);
  const clock = find<HTMLTimeElement>('[data-time]', element);
  clock.dateTime = time.toISOString();
  setText(clock, time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  const delivery = find('[data-delivery]', element);
  return {
    element,
    update({ recipients }) {
      setText(delivery, kind === 'you' ? describeDelivery(recipients) : '');
    },
  };
}
