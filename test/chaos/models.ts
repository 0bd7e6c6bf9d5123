import { brokerModel } from './broker.ts';
import type { ChaosModel } from './chaos.ts';
import { reliableModel } from './reliable.ts';
import { rtcModel } from './rtc.ts';

/** A model, and what has to have happened in its runs so that they were worth something. */
interface Explored {
  readonly model: ChaosModel;
  readonly work: readonly string[];
}

const COMMON = [
  'delivered',
  'received',
  'CONNECTED',
  'resumed',
  'lost',
  'closed',
  'closed in peace',
  'destroyed',
  'restarted',
  'told to wait',
  'drained',
];

export const MODELS: Readonly<Record<string, Explored>> = {
  reliable: {
    model: reliableModel,
    work: [...COMMON, 'dropped', 'duplicated', 'reordered', 'delayed', 'cut', 'healed'],
  },
  rtc: {
    model: rtcModel,
    work: [
      ...COMMON,
      ...['dropped', 'duplicated', 'reordered', 'delayed', 'cut', 'healed', 'network cut', 'roamed'],
      ...['over a channel', 'restarted ICE'],
    ],
  },
  broker: {
    model: brokerModel,
    work: [...COMMON, ...['cut', 'healed', 'socket cut', 'late event', 'broker stopped', 'repeated']],
  },
};
