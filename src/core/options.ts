import type { InspectionEvent, Observer } from 'xstate';
import { type Clock, systemClock } from './clock.ts';
import { type PageLife, systemPage } from './page-life.ts';

/** Sees every event and state of the actors that it is attached to: what `inspect` of XState takes. @public */
export type Inspector = ((event: InspectionEvent) => void) | Observer<InspectionEvent>;

/** What every hub can be given. @public */
export interface HubOptions {
  /** Watches every actor of this hub and of the hubs below it. @default nothing, which costs nothing */
  inspect?: Inspector | undefined;
  /** Where time comes from. @default the platform's clock */
  clock?: Clock;
  /** Where chance comes from: numbers from 0 up to 1. @default `Math.random` */
  random?: () => number;
  /** What becomes of the page. @default the browser's own page; to Node nothing happens @internal */
  pageLife?: PageLife;
}

/** The options of a hub, complete: what its endpoints, connections and actors are made with. @internal */
export interface Environment {
  /** Set once more where a hub on top is watched; actors that run already stay as they are. */
  inspect: Inspector | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pageLife: PageLife;
}

/** @internal */
export function environmentOf({
  inspect,
  clock = systemClock,
  random = Math.random,
  pageLife = systemPage,
}: HubOptions): Environment {
  return { inspect, clock, random, pageLife };
}
