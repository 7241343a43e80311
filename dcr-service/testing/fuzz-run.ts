import { complaintAbout } from './fuzz-oracle.ts';
import { plansOf } from './fuzz-plan.ts';
import { createWorld, type Shot } from './fuzz-world.ts';
import type { Answer, TestService } from './service.ts';

export interface Failure {
  /** Of the plan, for a replay. */
  readonly number: number;
  readonly complaint: string;
  readonly shot: Shot;
  readonly answer: Answer | undefined;
}

export interface FuzzResult {
  readonly sent: number;
  /** By method, status and error code. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failure: Failure | undefined;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** The first plan's number. */
  readonly from?: number;
  readonly concurrency: number;
  readonly onProgress?: (sent: number) => void;
}

function outcomeOf({ call }: Shot, { status, body }: Answer): string {
  const error = status >= 400 && body.startsWith('{') ? ` ${(JSON.parse(body) as { error: string }).error}` : '';
  return `${call.method} ${status}${error}`;
}

/** Sends requests of plans to a running service until one is answered wrongly, or all are sent. */
export async function fuzz(service: TestService, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, count, from = 0, concurrency, onProgress } = options;
  const world = await createWorld(service, concurrency);
  await world.refill();
  const outcomes = new Map<string, number>();
  const plans = plansOf(seed, from);
  let failure: Failure | undefined;
  let sent = 0;
  let refilling: Promise<void> = Promise.resolve();

  async function shoot(): Promise<void> {
    while (!failure && sent < count) {
      sent += 1;
      const { value } = plans.next();
      if (!value) return;
      await refilling;
      const shot = await world.shotOf(value.number, value.plan);
      let answer: Answer | undefined;
      let complaint: string | undefined;
      try {
        answer = await service.call({ ...shot.call, kept: true });
        complaint = complaintAbout(shot, answer);
      } catch (error) {
        complaint = `there is no answer that can be read: ${(error as Error).message}`;
      }
      if (complaint) failure ??= { number: value.number, complaint, shot, answer };
      const outcome = answer ? outcomeOf(shot, answer) : 'no answer';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (answer?.status === 204 && shot.clientId) {
        world.forget(shot.clientId);
        refilling = refilling.then(() => world.refill());
      } else if (shot.clientId) {
        world.release(shot.clientId);
      }
      onProgress?.(sent);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, shoot));
  return { sent, outcomes, failure };
}
