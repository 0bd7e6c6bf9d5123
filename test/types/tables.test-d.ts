// Checked by TypeScript alone, never run.
import { describe, expectTypeOf, test } from 'vitest';
import { setup } from 'xstate';
import type { brokerSessionMachine } from '../../machines/broker-session.machine.ts';
import type { connectionMachine } from '../../machines/connection.machine.ts';
import { cellsOf, type HappeningOf, type StateOf, type Table } from '../machines/models/table.ts';

const doorMachine = setup({
  types: { events: {} as { type: 'open' } | { type: 'close' } },
  delays: { patience: 1000 },
}).createMachine({
  initial: 'shut',
  states: { shut: { on: { open: 'wide' } }, wide: { after: { patience: 'shut' }, on: { close: 'shut' } } },
});

const { go, ignore, notSet } = cellsOf<typeof doorMachine, object>();

const shut = { open: go('wide'), close: ignore('it is shut'), ...notSet('patience') };
const wide = { open: ignore('it is open'), close: go('shut'), 'after patience': go('shut') };

describe('the table of a machine', () => {
  test('[MD6] has a row for each atomic state of each region', () => {
    expectTypeOf<StateOf<typeof connectionMachine>>().toEqualTypeOf<
      | 'idle'
      | 'connecting.attempting'
      | 'connecting.delaying'
      | 'connecting.accepting'
      | 'CONNECTED'
      | 'reconnecting.waiting'
      | 'reconnecting.verifying.asking'
      | 'reconnecting.verifying.pausing'
      | 'lost'
      | 'failed'
      | 'closed'
    >();
    expectTypeOf<StateOf<typeof brokerSessionMachine>>().toEqualTypeOf<
      | 'open.login.anonymous.awaitingLogin'
      | 'open.login.anonymous.claiming'
      | 'open.login.ready'
      | 'open.liveness.quiet'
      | 'open.liveness.pinged'
      | 'open.liveness.challenged'
      | 'draining'
      | 'closed'
    >();
  });

  test('[MD6] has a column for each event and each delay', () => {
    expectTypeOf<HappeningOf<typeof doorMachine>>().toEqualTypeOf<'open' | 'close' | 'after patience'>();
  });

  test('[MD6] compiles when it is complete', () => {
    expectTypeOf({ shut, wide }).toExtend<Table<typeof doorMachine, object>>();
  });

  test('[MD6] does not compile without the row of a state', () => {
    expectTypeOf({ shut }).not.toExtend<Table<typeof doorMachine, object>>();
    // @ts-expect-error `wide` has no row.
    const table: Table<typeof doorMachine, object> = { shut };
    return table;
  });

  test('[MD6] does not compile without the cell of an event or of a delay', () => {
    const { close: _close, ...withoutEvent } = wide;
    const { 'after patience': _patience, ...withoutDelay } = wide;
    // @ts-expect-error `close` has no cell.
    const first: Table<typeof doorMachine, object> = { shut, wide: withoutEvent };
    // @ts-expect-error `after patience` has no cell.
    const second: Table<typeof doorMachine, object> = { shut, wide: withoutDelay };
    return [first, second];
  });

  test('[MD6] does not compile with a target that is no state', () => {
    // @ts-expect-error There is no such state.
    return go('ajar');
  });
});
