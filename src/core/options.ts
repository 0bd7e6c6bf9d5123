import type { InspectionEvent, Observer } from 'xstate';
import { checkCount } from './checks.ts';
import { type Clock, systemClock } from './clock.ts';
import { HIGH_WATER_UNITS, SEND_BUFFER_UNITS } from './limits.ts';
import { type PageLife, systemPage } from './page-life.ts';

/** Sees every event and state of the actors that it is attached to: what `inspect` of XState takes. @public */
export type Inspector = ((event: InspectionEvent) => void) | Observer<InspectionEvent>;

/** What every hub can be given. @public */
export interface HubOptions {
  /**
   * Watches every actor that this hub and the hubs below it make from now on: one observer, or several. The name of an
   * actor is its machine's, the endpoint's address and, after an arrow, the peer's. @default nothing, which costs nothing
   */
  inspect?: Inspector | readonly Inspector[] | undefined;
  /** Where time comes from. @default the platform's clock */
  clock?: Clock;
  /** Where chance comes from: numbers from 0 up to 1. @default `Math.random` */
  random?: () => number;
  /**
   * Where `send` begins to return false, in UTF-16 units of one connection's `bufferedAmount`: 1 or more; `Infinity`
   * never. Each hub of a stack has its own. @default 1 Mi, and never more than `maxBufferedAmount`
   */
  highWaterMark?: number;
  /**
   * The most that one connection may keep of what was sent, in UTF-16 units: 1 or more; a message that goes past it
   * throws `ERR_BUFFER_FULL`. `Infinity` is without limit. Each hub of a stack has its own. For a WebSocketHub it is
   * that of all connections of one address together; a data channel's own buffer takes 1 MiB besides. @default 128 Mi
   */
  maxBufferedAmount?: number;
  /** What becomes of the page. @default the browser's own page; to Node nothing happens @internal */
  pageLife?: PageLife;
}

/** The options of a hub, complete: what its endpoints, connections and actors are made with. @internal */
export interface Environment {
  /** Grows where a hub on top is watched; actors that run already stay as they are. */
  inspect: readonly Inspector[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly highWaterMark: number;
  readonly maxBufferedAmount: number;
  readonly pageLife: PageLife;
}

/** Throws `ERR_INVALID_ARGUMENT`. @internal */
export function environmentOf({
  inspect = [],
  clock = systemClock,
  random = Math.random,
  maxBufferedAmount = SEND_BUFFER_UNITS,
  highWaterMark = Math.min(HIGH_WATER_UNITS, maxBufferedAmount),
  pageLife = systemPage,
}: HubOptions): Environment {
  checkCount(maxBufferedAmount, 'The option maxBufferedAmount', 1);
  checkCount(highWaterMark, 'The option highWaterMark', 1);
  return { inspect: [inspect].flat(), clock, random, highWaterMark, maxBufferedAmount, pageLife };
}
