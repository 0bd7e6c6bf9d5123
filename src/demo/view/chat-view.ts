import { type ChatLine, describeDelivery } from '../chat-log.ts';
import { find, fromTemplate, ListView, type Row, setText } from './dom.ts';

/** So near to its end the log counts as read, and goes on to scroll by itself; in CSS pixels. */
const NEAR_END_PX = 40;

/** The conversation. */
export class ChatView {
  readonly #log = find('#chat');
  readonly #lines = new ListView<ChatLine>(this.#log, lineRow);
  /** The log shrinks where a keyboard comes up, or a problem is told above it. */
  readonly #resizes = new ResizeObserver(() => this.#follow());
  #isAtEnd = true;

  /** @param gone - aborted when the room is left */
  constructor(gone: AbortSignal) {
    this.#log.addEventListener('scroll', () => this.#scrolled(), { signal: gone });
    this.#resizes.observe(this.#log);
    gone.addEventListener('abort', () => this.#resizes.disconnect());
  }

  render(lines: readonly ChatLine[]): void {
    this.#lines.render(lines);
    this.#follow();
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  /** Stays at the end, if that was what was read. */
  #follow(): void {
    if (this.#isAtEnd) this.#log.scrollTop = this.#log.scrollHeight;
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
