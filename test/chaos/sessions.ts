import type { AnyMachineSnapshot, InspectionEvent } from 'xstate';
import { reliableSessionMachine } from '../../machines/reliable-session.machine.ts';
import type { Process } from './process.ts';

interface Session {
  readonly process: Process;
  remote: string | undefined;
  state: string;
  /** It was `accepting` or `connected` with the other side that it names. */
  hasAccepted: boolean;
}

/** All reliable sessions of a world, by their ids, as their machines show them. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  /** What is looked at once everybody is at rest: a machine is seen after its step, in which others may have taken theirs. */
  readonly #questions: (() => string | undefined)[] = [];

  /** What is wrong, since the last look. */
  look(): string[] {
    return this.#questions.splice(0).flatMap((ask) => ask() ?? []);
  }

  /** What inspects the hub of a process; a process is known once its hub is made. */
  inspector(processOf: () => Process): (event: InspectionEvent) => void {
    return (event) => {
      if (event.type !== '@xstate.snapshot') return;
      const snapshot = event.snapshot as AnyMachineSnapshot;
      if (snapshot.machine?.id === reliableSessionMachine.id) this.#changed(processOf(), snapshot);
    };
  }

  /** What the sessions of a process with nobody else's wish to end them are connected to. */
  connectedOf(process: Process): { own: string; remote: string | undefined }[] {
    return [...this.#sessions]
      .filter(([, session]) => session.process === process && session.state === 'connected')
      .map(([own, { remote }]) => ({ own, remote }));
  }

  #changed(process: Process, { value, context }: AnyMachineSnapshot): void {
    const { own, remote } = context as { own: string; remote: string | undefined };
    const state = typeof value === 'string' ? value : (Object.keys(value)[0] as string);
    const known = this.#sessions.get(own);
    if (known?.state === state && known.remote === remote) return;
    const session: Session = known ?? { process, remote, state, hasAccepted: false };
    this.#sessions.set(own, session);
    const before = session.state;
    Object.assign(session, { state, remote });
    session.hasAccepted ||= state === 'accepting' || state === 'connected';
    if (process.isGone) return;
    const otherSession = () => (remote === undefined ? undefined : this.#sessions.get(remote));
    if (state === 'connected') {
      this.#questions.push(() => {
        const other = otherSession();
        const isAccepted = other?.remote === own && other.hasAccepted;
        return isAccepted ? undefined : `session ${own} is connected to ${remote}, which has not accepted it`;
      });
    }
    if (state === 'closed' && (before === 'accepting' || before === 'connected')) {
      this.#questions.push(() => {
        const other = otherSession();
        const isUp = other?.state === 'accepting' || other?.state === 'connected';
        return isUp && other.remote === own && !other.process.isGone
          ? `session ${own} was closed, and nobody has closed ${remote}, its other side`
          : undefined;
      });
    }
  }
}
