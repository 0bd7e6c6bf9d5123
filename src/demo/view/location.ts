import { isRoomName } from '../occupants.ts';

/** The part of an address that leads into a room: `#room=kitchen`. */
export function roomHash(room: string): string {
  return `#${new URLSearchParams({ room })}`;
}

/** The room that the page's address names, if it names one. */
export function roomOfHash(hash: string): string | undefined {
  const room = new URLSearchParams(hash.replace(/^#/, '')).get('room')?.trim();
  return isRoomName(room) ? room : undefined;
}
