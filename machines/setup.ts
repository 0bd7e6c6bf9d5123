import { assign, createMachine, emit, type setup as setupOfXState } from 'xstate';

type Implementations = Partial<Record<'actions' | 'guards' | 'delays', object>>;

/**
 * XState's `setup`, of whose ready-made actions it has `assign` and `emit` alone. XState's own brings along every
 * action that there is: 0.7 kB, gzipped, that each page would load for nothing.
 */
export const setup = (({ actions, guards, delays }: Implementations) => ({
  assign,
  emit,
  createAction: (action: unknown) => action,
  extend: (more: Implementations) =>
    setup({
      actions: { ...actions, ...more.actions },
      guards: { ...guards, ...more.guards },
      delays: { ...delays, ...more.delays },
    } as never),
  createMachine: (config: object) => createMachine(config, { actions, guards, delays } as object),
})) as unknown as typeof setupOfXState;
