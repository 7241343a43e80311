import type { OutgoingCall } from './metrics.ts';

/** Told of every call to another server, for the metrics. */
export type OnCall = (call: OutgoingCall) => void;

/** Makes a call, and records how long it took and whether it was answered. */
export async function observedCall<T>(
  target: OutgoingCall['target'],
  onCall: OnCall | undefined,
  call: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let outcome: OutgoingCall['outcome'] = 'no answer';
  try {
    const answer = await call();
    outcome = 'ok';
    return answer;
  } finally {
    onCall?.({ target, outcome, ms: performance.now() - started });
  }
}
