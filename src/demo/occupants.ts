import { label } from './label.ts';
import { LONGEST } from './peer-messages.ts';

/** Somebody in a room: an entry of the registry, which lives as long as that page's connection to the broker. */
export interface Occupant {
  eva: string;
  room: string;
  name: string;
}

/** A room is there as long as somebody is in it. */
export interface RoomListing {
  room: string;
  names: string[];
}

/** The one collection of the demo: an entry for each page in a room, by its EVA. */
export const OCCUPANTS = 'vnf-demo occupants';

/** How many entries of the registry are looked at, and how many rooms are shown; more would help nobody. */
const MOST_OCCUPANTS = 1000;
const MOST_ROOMS = 100;

/** Reads the registry, where anybody may have written anything: what is no occupant is left out. */
export function readOccupants(entries: Record<string, unknown>): Occupant[] {
  const occupants: Occupant[] = [];
  for (const [eva, value] of Object.entries(entries).slice(0, MOST_OCCUPANTS)) {
    const { room, name } = (typeof value === 'object' ? (value ?? {}) : {}) as Record<string, unknown>;
    if (isText(room, LONGEST.room) && isText(name, LONGEST.name)) {
      const occupant = { eva, room: label(room), name: label(name) };
      if (occupant.room !== '' && occupant.name !== '') occupants.push(occupant);
    }
  }
  return occupants;
}

/** The rooms by name. */
export function roomsOf(occupants: readonly Occupant[]): RoomListing[] {
  const rooms = new Map<string, string[]>();
  for (const { room, name } of occupants) rooms.set(room, [...(rooms.get(room) ?? []), name]);
  return [...rooms]
    .map(([room, names]) => ({ room, names }))
    .sort((one, other) => one.room.localeCompare(other.room))
    .slice(0, MOST_ROOMS);
}

const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;
