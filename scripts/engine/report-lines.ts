import type { Report, StepEvent, StepOutcome } from './events.ts';

type Write = (text: string) => void;

/** One line per event, for logs and pipes. What changed is data and belongs to the end. */
export function reportLines(write: Write): Report {
  const told = new Map<string, string>();
  return (event) => {
    if (event.event === 'waiting') {
      // A wait is announced once per condition, not once per look.
      if (told.get(event.step) === event.for) return;
      told.set(event.step, event.for);
    }
    write(`${lineOf(event)}\n`);
  };
}

/** One JSON object per line, for programs. */
export function reportJsonLines(write: Write): Report {
  return (event) => write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`);
}

/** How outcomes are shown to a person. */
export const outcomes: Record<StepOutcome, string> = {
  unchanged: 'nothing to change',
  planned: 'to change',
  changed: 'changed',
  verified: 'ok',
};

function lineOf(event: StepEvent): string {
  switch (event.event) {
    case 'started':
      return `… ${event.title}`;
    case 'waiting':
      return `  ${event.title}: waiting for ${event.for}`;
    case 'waited':
      return `  ${event.title}: ${event.for}: there after ${event.seconds.toFixed(1)} s`;
    case 'remarked':
      return `  ${event.title}: ${event.text}`;
    case 'retrying':
      return `  ${event.title}: retrying: ${event.because}`;
    case 'failed':
      return `✗ ${event.title} (${event.seconds.toFixed(1)} s): ${event.message}`;
    case 'skipped':
      return `- ${event.title}: not run, ${event.because}`;
    case 'finished':
      return `✓ ${event.title}: ${outcomes[event.outcome]} (${event.seconds.toFixed(1)} s)`;
  }
}
