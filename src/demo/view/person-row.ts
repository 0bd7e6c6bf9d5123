import type { Peer } from '../room.ts';
import { find, fromTemplate, type Row, setBadge, setLabel, setText } from './dom.ts';

/** Somebody in the room, with the state of the connection. */
export function personRow(peer: Peer, sendFile: (peer: Peer) => void): Row<Peer> {
  const element = fromTemplate('person-row');
  const send = find<HTMLButtonElement>('[data-send]', element);
  send.addEventListener('click', () => sendFile(peer));
  find('[data-avatar]', element).style.setProperty('--hue', `${hueOf(peer.eva)}`);
  return {
    element,
    update(peer) {
      const { name, eva, state = 'connecting', ignored } = peer;
      setText(find('[data-name]', element), name);
      setText(find('[data-avatar]', element), [...name][0]?.toUpperCase() ?? '');
      setBadge(find('[data-badge]', element), state);
      setText(find('[data-eva]', element), eva);
      setText(find('[data-ignored]', element), ignored === 0 ? '' : `${ignored} of its messages ignored`);
      setText(find('[data-problem]', element), problemWith(peer));
      setLabel(send, `Send a file to ${name}`);
      send.disabled = state !== 'CONNECTED' && state !== 'reconnecting';
    },
  };
}

/** A colour of its own for each address, in degrees. */
function hueOf(eva: string): number {
  let hue = 0;
  for (const character of eva) hue = (hue * 31 + character.charCodeAt(0)) % 360;
  return hue;
}

/** What a person should know of the connection, in plain words. */
function problemWith({ name, state, isGreeted }: Peer): string {
  switch (state) {
    case 'CONNECTED':
      return '';
    case 'reconnecting':
      return `The connection to ${name} is interrupted. What you send waits until it is back.`;
    default:
      // One attempt follows the other: between them it reads `lost`.
      return isGreeted || state === 'lost'
        ? `${name} can't be reached. Trying again…`
        : `Connecting to ${name}…`;
  }
}
