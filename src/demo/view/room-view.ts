import type { FileTransfer } from '../files/file-transfer.ts';
import type { Peer, Room } from '../room.ts';
import { listOf } from '../words.ts';
import { ChatView } from './chat-view.ts';
import { find, ListView, setText } from './dom.ts';
import { fileRow } from './file-row.ts';
import { personRow } from './person-row.ts';

/** A room, as it is shown, from joining to leaving it. */
export class RoomView {
  readonly #room: Room;
  readonly #people: ListView<Peer>;
  readonly #files: ListView<FileTransfer>;
  readonly #chat: ChatView;
  readonly #text = find<HTMLInputElement>('#text');
  readonly #file = find<HTMLInputElement>('#file');
  /** Takes the listeners of the page's own elements away again. */
  readonly #gone = new AbortController();
  #fileFor: Peer | undefined;
  #isRenderDue = false;

  constructor(room: Room, leave: () => void) {
    this.#room = room;
    this.#people = new ListView(find('#people'), (peer) => personRow(peer, (peer) => this.#pickFile(peer)));
    this.#files = new ListView(find('#files'), (file) => fileRow(file, (file) => this.#dismiss(file)));
    const { signal } = this.#gone;
    this.#chat = new ChatView(signal);
    find('#leave').addEventListener('click', leave, { signal });
    find('#copy').addEventListener('click', () => this.#copyLink(), { signal });
    find('#say').addEventListener('submit', (event) => this.#say(event), { signal });
    this.#file.addEventListener('change', () => this.#offerPicked(), { signal });
    setText(find('#copy'), 'Copy link');
    setText(find('#room-title'), room.name);
    setText(find('#you'), room.person);
    find('#room').hidden = false;
    this.#render();
    this.#text.focus();
  }

  /** Shows what has changed, at the next frame. */
  readonly changed = (): void => {
    if (this.#isRenderDue) return;
    this.#isRenderDue = true;
    requestAnimationFrame(() => {
      this.#isRenderDue = false;
      if (!this.#gone.signal.aborted) this.#render();
    });
  };

  close(): void {
    this.#gone.abort();
    find('#room').hidden = true;
    this.#people.render([]);
    this.#files.render([]);
    this.#chat.render([]);
  }

  #render(): void {
    const { peers, transfers, chat, unconnected } = this.#room;
    this.#people.render(peers);
    this.#files.render(transfers.files);
    this.#chat.render(chat.lines);
    find('#nobody').hidden = peers.length > 0;
    find('#silence').hidden = chat.lines.length > 0;
    find('#files-section').hidden = transfers.files.length === 0;
    setText(
      find('#unconnected'),
      unconnected.length === 0 ? '' : `Not connected to you, since so many are here: ${listOf(unconnected)}.`,
    );
  }

  #say(event: Event): void {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (text === '') return;
    this.#room.say(text);
    this.#text.value = '';
  }

  #pickFile(peer: Peer): void {
    this.#fileFor = peer;
    this.#file.click();
  }

  #offerPicked(): void {
    const file = this.#file.files?.[0];
    if (file !== undefined && this.#fileFor !== undefined) this.#room.offerFile(this.#fileFor, file);
    // Else the same file, picked once more, would be no change.
    this.#file.value = '';
  }

  #dismiss(file: FileTransfer): void {
    this.#room.transfers.dismiss(file);
    // Its button goes with it.
    find('#room-title').focus();
  }

  #copyLink(): void {
    const done = () => setText(find('#copy'), 'Copied');
    // Only a secure context has a clipboard; the address bar has the link anyway.
    const failed = () => setText(find('#copy'), 'Copy it from the address bar');
    (navigator.clipboard?.writeText(location.href) ?? Promise.reject()).then(done, failed);
  }
}
