import { label } from '../label.ts';
import type { RoomListing } from '../occupants.ts';
import { LONGEST } from '../peer-messages.ts';
import { listOf } from '../words.ts';
import { find, fromTemplate } from './dom.ts';
import { roomHash } from './location.ts';

/** Where a person says who they are and picks a room. */
export class LobbyView {
  readonly #rooms = find('#rooms');
  readonly #person = find<HTMLInputElement>('#person');
  readonly #roomName = find<HTMLInputElement>('#room-name');
  #shown = '';

  /** @param enter - is called with the name of the room that was picked */
  constructor(person: string, enter: (room: string) => void) {
    // Nothing is taken away that was typed before the page was ready.
    if (this.#person.value === '') this.#person.value = person;
    find<HTMLButtonElement>('#enter').disabled = false;
    find('#join').addEventListener('submit', (event) => {
      event.preventDefault();
      if (isVisible(this.#person) && isVisible(this.#roomName)) enter(label(this.#roomName.value));
    });
  }

  /** The name of the person; empty where none was typed. */
  get person(): string {
    return label(this.#person.value.slice(0, LONGEST.name));
  }

  show(isShown: boolean): void {
    find('#lobby').hidden = !isShown;
    if (isShown) this.#roomName.focus();
  }

  render(rooms: readonly RoomListing[]): void {
    // The list is read every few seconds, and mostly it is the same: whoever has a room in focus keeps it.
    const list = JSON.stringify(rooms);
    if (list === this.#shown) return;
    this.#shown = list;
    const focused = document.activeElement?.getAttribute('href');
    this.#rooms.replaceChildren(...rooms.map(rowOf));
    find('#no-rooms').hidden = rooms.length > 0;
    if (focused != null) {
      const links = Array.from(this.#rooms.querySelectorAll('a'));
      links.find((link) => link.getAttribute('href') === focused)?.focus();
    }
  }
}

/** Says at the field what is wrong where nothing can be seen of what was typed: the browser takes a space for a text. */
function isVisible(field: HTMLInputElement): boolean {
  field.setCustomValidity(label(field.value) === '' ? 'Write something that can be seen.' : '');
  field.addEventListener('input', () => field.setCustomValidity(''), { once: true });
  return field.reportValidity();
}

function rowOf({ room, names }: RoomListing): HTMLElement {
  const row = fromTemplate('room-row');
  find<HTMLAnchorElement & HTMLElement>('a', row).href = roomHash(room);
  find('[data-name]', row).textContent = room;
  find('[data-people]', row).textContent = listOf(names);
  return row;
}
