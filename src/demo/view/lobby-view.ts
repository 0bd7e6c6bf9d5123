import type { RoomListing } from '../occupants.ts';
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
    this.#person.value = person;
    find('#join').addEventListener('submit', (event) => {
      event.preventDefault();
      const room = this.#roomName.value.trim();
      if (room !== '') enter(room);
    });
  }

  /** The name of the person, as it was typed. */
  get person(): string {
    return this.#person.value.trim();
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

function rowOf({ room, names }: RoomListing): HTMLElement {
  const row = fromTemplate('room-row');
  find<HTMLAnchorElement & HTMLElement>('a', row).href = roomHash(room);
  find('[data-name]', row).textContent = room;
  find('[data-people]', row).textContent = names.join(', ');
  return row;
}
