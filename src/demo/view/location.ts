import { label } from '../label.ts';
import { LONGEST } from '../peer-messages.ts';

/** The part of an address that leads into a room: `#room=kitchen`. */
export function roomHash(room: string): string {
  return `#${new URLSearchParams({ room })}`;
}

/** Where an address leads: into a room, or into the lobby, with the reason where it names no room that can be. */
export interface Place {
  room?: string;
  problem?: string;
}

export function placeOf(hash: string): Place {
  const named = new URLSearchParams(hash.replace(/^#/, '')).get('room');
  if (named === null) return {};
  const room = label(named);
  if (room === '') return { problem: 'The link names no room: pick one, or name one.' };
  if (room.length > LONGEST.room) {
    return {
      problem: `The link names a room with ${room.length} characters; a name has ${LONGEST.room} at most.`,
    };
  }
  return { room };
}
