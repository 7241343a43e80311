import { Listr, type ListrTask, type ListrTaskWrapper } from 'listr2';
import type { Report, StepEvent } from './events.ts';
import { outcomes } from './report-lines.ts';

type Row = Pick<ListrTaskWrapper<unknown, never, never>, 'output' | 'title' | 'skip'>;

/** A live list of steps. `finish` is to be awaited before anything else is printed. */
export interface TerminalReport {
  report: Report;
  finish(): Promise<void>;
}

/** Shows the steps as a list that is worked off. A row turns when the ones above it are settled, whatever runs at once. */
export function reportOnTerminal(steps: readonly { name: string; title: string }[]): TerminalReport {
  const rows = new Map(steps.map((step) => [step.name, row(step.title)]));
  const list = new Listr(
    [...rows.values()].map(({ task }) => task),
    {
      exitOnError: false,
      concurrent: false,
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: false, collapseSkips: false, showErrorMessage: true },
    },
  );
  const shown = list.run().catch(() => {});
  return {
    report: (event) => rows.get(event.step)?.tell(event),
    async finish() {
      for (const { settle } of rows.values()) settle();
      await shown;
    },
  };
}

function row(title: string) {
  const settled = Promise.withResolvers<void>();
  let shown: Row | undefined;
  let last: StepEvent | undefined;
  const remarks: string[] = [];
  const refresh = () => {
    if (shown && last?.event === 'waiting') shown.output = `waiting for ${last.for}`;
    if (shown && last?.event === 'retrying') shown.output = `retrying: ${last.because}`;
  };
  const task: ListrTask = {
    title,
    task: async (_, wrapper) => {
      shown = wrapper as unknown as Row;
      refresh();
      await settled.promise;
      if (last?.event === 'failed') throw new Error(last.message);
      if (last?.event === 'skipped' || last === undefined) wrapper.skip(`${title}: not run`);
      if (last?.event === 'finished')
        wrapper.title = [`${title}: ${outcomes[last.outcome]} (${last.seconds.toFixed(1)} s)`, ...remarks].join('; ');
    },
  };
  return {
    task,
    settle: () => settled.resolve(),
    tell(event: StepEvent) {
      if (event.event === 'remarked') {
        remarks.push(event.text);
        return;
      }
      last = event;
      refresh();
      if (event.event === 'finished' || event.event === 'failed' || event.event === 'skipped') settled.resolve();
    },
  };
}
